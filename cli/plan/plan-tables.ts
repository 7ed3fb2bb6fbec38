import { notingLookups } from '../../aws/lookups/noting-lookups.ts';
import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import type { FoundItem } from '../../core/change/change.ts';
import { RunError } from '../../core/errors.ts';
import { hourOf } from '../../core/ledger/follow.ts';
import type { LookupSource } from '../../core/lookup/lookup-port.ts';
import { notingReads } from '../../core/lookup/noting-reads.ts';
import { ownValue } from '../../core/own-value.ts';
import type { TableProfile } from '../../core/plan/estimate/table-profile.ts';
import { givenAtHand } from '../../core/plan/given-at-hand.ts';
import type { LocalFile } from '../../core/plan/local-file.ts';
import { planFiles } from '../../core/plan/plan-files.ts';
import { planTable } from '../../core/plan/plan-table.ts';
import { withOtherTables } from '../../core/plan/planned-others.ts';
import type { TablePlan } from '../../core/plan/table-plan.ts';
import { type Catalog, lookupName, workerMemoryOf } from '../../core/transformation/catalog.ts';
import { unknownTable } from '../../core/unknown-table.ts';
import { keyOf, shapeOf, type TableShape } from '../../core/values/table-shape.ts';
import type { LocalTable } from '../files/local-tables.ts';
import { knownFile } from '../parameters/known-file.ts';
import { ownSecrets } from '../parameters/own-secrets.ts';
import { resolveSet, versionsTaken } from '../parameters/resolve-set.ts';
import { systemClock } from '../system-clock.ts';
import { holderOf } from './holder-of.ts';
import type { AskedPlan } from './plan-options.ts';
import { readPreparations } from './read-preparations.ts';

const dayMs = 86_400_000;

/**
 * Plans one table with the table and the ledger in AWS.
 *
 * @param filesFor gives the files, for a table of this shape
 * @param isAll true if all tables are planned: then a folder without a table is a note, not an error
 * @throws RunError UnknownTable: if DynamoDB does not have the table that was named
 */
export async function planOne(
  table: LocalTable,
  filesFor: (shape: TableShape) => LocalFile[],
  isAll: boolean,
  service: DeployedService,
  asked: AskedPlan,
): Promise<TablePlan> {
  try {
    return await planAgainst(table, filesFor, await catalogIfDeployed(service), service, asked);
  } catch (error) {
    if (!isAll || !(error instanceof RunError && error.name === 'UnknownTable')) throw error;
    const { notes, ...plan } = planFiles(table.table, table.files, table.unused, table.squashed);
    return { ...plan, notes: [{ name: error.name, message: error.message }, ...notes] };
  }
}

/** Without a deployed service the plan is still useful: every version counts as pending. */
async function catalogIfDeployed(service: DeployedService): Promise<Catalog | undefined> {
  try {
    return (await service.catalog()) ?? { tables: {} };
  } catch (error) {
    if (error instanceof OperatorError && error.name === 'ServiceNotFound') return undefined;
    throw error;
  }
}

async function planAgainst(
  { table, files, unused, squashed }: LocalTable,
  filesFor: (shape: TableShape) => LocalFile[],
  catalog: Catalog | undefined,
  service: DeployedService,
  asked: AskedPlan,
): Promise<TablePlan> {
  const deployed = catalog && ownValue(catalog.tables, table);
  const tableName = asked.tableName ?? deployed?.tableName ?? ownValue(asked.configuredNames, table) ?? table;
  const described = await service.tables.profile(tableName);
  if (!described) throw unknownTable(tableName, table, whereToLook);
  const physicalName = (name: string): string => lookupName(catalog, name) ?? ownValue(catalog?.tables ?? {}, name)?.tableName ?? name;
  const otherProfiles: Record<string, TableProfile> = {};
  const { files: checked, others } = await withOtherTables(
    { table, acceptLastWriterWins: asked.acceptLastWriterWins },
    described.shape,
    filesFor(described.shape),
    async (name) => {
      const other = await service.tables.profile(physicalName(name));
      if (other) otherProfiles[name] = other;
      return other && { ...other, replicaRegions: other.eventualRegions };
    },
  );
  const profile = others ? { ...described, shape: { ...described.shape, others } } : described;
  const now = systemClock.wall();
  const [versions, hold, holder, sample, executedByPredecessor, follow, followerCalls] = await Promise.all([
    catalog ? service.ledger.versions(table) : [],
    catalog ? service.ledger.hold(table) : undefined,
    catalog ? holderOf(service.ledger, table) : undefined,
    service.tables.sample(profile, asked.sample),
    service.tables.recordedByPredecessor(profile.shape),
    deployed?.follows ? service.followed(table, hourOf(new Date(now - dayMs).toISOString())) : undefined,
    deployed?.follows ? service.followerCalls(tableName) : undefined,
  ]);
  const secrets = ownSecrets(service, catalog?.preparations);
  const known = files.map(knownFile);
  const input = { direction: 'up', to: asked.sequence, again: undefined, prepareOnly: false } as const;
  const taken = versionsTaken(input, known, versions, undefined);
  const given = await givenAtHand(files, {
    table,
    versions,
    stageParameters: deployed?.parameters,
    asked: await resolveSet(asked.set, { table, files: known, taken, secrets }),
    now,
    secrets,
  });
  const preparations = await readPreparations(files, { table, tableName, versions, given, place: catalog?.preparations, service });
  const lookedUp = new Map<number, Set<string>>();
  const documentClientOf = (sequence: number) =>
    notingLookups(service.tables.documentClient, (name) => lookedUp.set(sequence, new Set(lookedUp.get(sequence)).add(name)));
  const lookedForMore = new Map<number, Set<string>>();
  const lookupsOf = (sequence: number): LookupSource => ({
    port: notingReads(service.tables.lookupPort, {
      ofIndex: (name) => lookedUp.set(sequence, new Set(lookedUp.get(sequence)).add(name)),
      ofMore: (name) => lookedForMore.set(sequence, new Set(lookedForMore.get(sequence)).add(name)),
    }),
    tableNameOf: physicalName,
  });
  const { writeUnits, readUnits } = asked;
  return planTable(
    {
      table,
      profile,
      others: otherProfiles,
      files: checked,
      unused,
      squashed,
      versions,
      hold,
      catalog: catalog && (deployed?.files ?? []),
      preparations,
      given,
      executedByPredecessor,
      follow,
      followerCalls,
      holder: holder?.run,
      sample,
    },
    {
      ...asked,
      diffs: asked.examples,
      budget: writeUnits === undefined && readUnits === undefined ? undefined : { writeUnits, readUnits },
      workerMemory: workerMemoryOf(catalog),
      clock: systemClock,
      readItems: (keys) => service.tables.items(profile, keys),
      readScope: (scope, count) => service.tables.scopeSample(profile, scope, count),
      readTargets: (targets) => readTargets(service, profile.shape, targets),
      ...(catalog ? { seedPosition: (sequence: number) => service.ledger.seedPosition(table, sequence) } : {}),
      lookupsOf,
      looksForMore: (sequence) => lookedForMore.get(sequence)?.has(tableName) === true,
      looksUpItself: (sequence) => lookedUp.get(sequence)?.has(tableName) === true,
      contextOf: (sequence, preparation, ofVersion) => ({
        table,
        tableName,
        sequence,
        direction: 'up',
        dryRun: true,
        preparation,
        ...ofVersion,
        tableNameOf: (name) => lookupName(catalog, name) ?? (name === table ? tableName : physicalName(name)),
        documentClient: documentClientOf(sequence),
        log: () => {},
      }),
    },
  );
}

/** A request is of one table, and of up to 100 keys. */
async function readTargets(service: DeployedService, own: TableShape, targets: readonly FoundItem[]): Promise<FoundItem[]> {
  const found: FoundItem[] = [];
  for (const table of new Set(targets.map((target) => target.table))) {
    const shape = shapeOf(own, table);
    const keys = targets.filter((target) => target.table === table).map(({ image }) => keyOf(shape, image));
    for (let from = 0; from < keys.length; from += 100)
      found.push(...(await service.tables.items({ shape }, keys.slice(from, from + 100))).map((image) => ({ table, image })));
  }
  return found;
}

const whereToLook =
  'the name, which is the name of its folder under transformations/ unless the deployed service, or --table-name, says otherwise; and AWS_REGION and AWS_PROFILE';
