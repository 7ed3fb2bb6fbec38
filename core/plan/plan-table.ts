import type { Clock } from '../clock.ts';
import { RunError } from '../errors.ts';
import { isJournaled } from '../journal/is-journaled.ts';
import type { GivenValues } from '../ledger/given.ts';
import type { Version } from '../ledger/versions/version.ts';
import type { LookupSource } from '../lookup/lookup-port.ts';
import type { BoundContext } from '../transformation/contract.ts';
import type { Image } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import type { TableShape } from '../values/table-shape.ts';
import { extentOf } from './estimate/extrapolate.ts';
import type { EstimateOptions } from './estimate/plan-estimate.ts';
import { estimateTrials } from './estimate-trials.ts';
import { filesByStatus } from './files-by-status.ts';
import { appliedFindings, checkApplied } from './findings/check-applied.ts';
import { checkSeeds, seedFindings } from './findings/check-seeds.ts';
import { checkedFiles, fileNotes, fileProblems } from './findings/file-problems.ts';
import { defaultQuiet, followNotes, type Quiet, quietFindings } from './findings/follow-findings.ts';
import { parameterProblems, runRefusals } from './findings/run-refusals.ts';
import { sampleNotes, serviceNotes, tableNotes } from './findings/table-notes.ts';
import { unguardedFindings } from './findings/unguarded.ts';
import { type NotedLookups, unseenLookups } from './findings/unseen-lookups.ts';
import { versionNotes, versionProblems } from './findings/version-findings.ts';
import { givenIn } from './given-at-hand.ts';
import { deploymentOf, isLoaded, type LoadedFile, type LocalFile, type PreparationAtHand, whyNotTried } from './local-file.ts';
import { twoDigits } from './number-text.ts';
import { PlanLooks } from './plan-looks.ts';
import { planScopes, type ReadScope, scopeNotes } from './plan-scopes.ts';
import type { PlannedTable } from './planned-table.ts';
import type { AppliedVersion, Finding, PendingVersion, TablePlan } from './table-plan.ts';
import { type PendingTrial, printedTrial, tryPending } from './try-pending.ts';
import type { TryVersionOptions } from './try-version.ts';

export interface PlanOptions extends EstimateOptions, NotedLookups {
  /** Plan only this version and, if it is pending, the pending versions before it. */
  sequence: number | undefined;
  /** The window of the gate; 24 hours if it is left out. */
  quiet?: Quiet | undefined;
  /** Max number of example items for each version. */
  diffs: number;
  showValues: boolean;
  /** The run sweeps one version after the other. */
  oneByOne?: boolean | undefined;
  acceptLastWriterWins: boolean;
  /** To end functions that never return. */
  clock: Clock;
  /** Reads items of the table, those that exist. */
  readItems?: TryVersionOptions['readItems'];
  /** Reads items of a scope. */
  readScope?: ReadScope;
  /** Reads items of this and other tables, those that exist. */
  readTargets?: TryVersionOptions['readTargets'];
  /** How many seeds of a version runs have come to. */
  seedPosition?: (sequence: number) => Promise<number>;
  contextOf(sequence: number, preparation: unknown, given: GivenValues): BoundContext;
  /** What functions of a version look things up in. */
  lookupsOf?: ((sequence: number) => LookupSource) | undefined;
}

/**
 * Finds out on a sample, in memory, what a run up would do to a table.
 *
 * 1. Check the files by themselves and by the ledger's rules. Whatever a run would refuse is a problem; all other files are still tried.
 * 2. Look for items that lack what applied versions give.
 * 3. Apply the pending versions to each item, in their order.
 * 4. Estimate capacity, cost and time, and note the effects on streams, indexes and replicas.
 *
 * @throws RunError InvalidInput: when the requested version has no file
 */
export async function planTable(planned: PlannedTable, options: PlanOptions): Promise<TablePlan> {
  const { table, profile, versions, sample } = planned;
  const { sequence } = options;
  const files = checkedFiles(planned.files, profile.shape);
  if (sequence !== undefined && !files.some((file) => file.sequence === sequence)) throw noSuchFile(table, sequence, files);
  const status = filesByStatus(table, files, versions, sequence);
  const isGate = status.applied.some((file) => file.sequence === sequence);

  const bytes = sample.images.reduce((sum, image) => sum + itemSize(image), 0);
  const extent = extentOf(profile, { items: sample.images.length, bytes, isWholeTable: sample.isWholeTable });
  const items = sample.images.map((image) => ({ image, weight: extent.weight }));
  const looks = new PlanLooks(table, profile.shape, options);
  const unreadable = await looks.problems([...status.pending, ...status.applied].filter(isLoaded));
  const atHand = { ...planned, withoutLookups: new Set(unreadable.flatMap(({ sequence: of }) => of ?? [])) };
  const contextOf = (of: number): BoundContext =>
    options.contextOf(of, gathered(planned.preparations.get(of)), givenIn(planned.given ?? new Map(), of));
  const optionsOf = (of: number, before: readonly LoadedFile[] = [], inserted: readonly (readonly Image[])[] = []): TryVersionOptions => ({
    diffs: options.diffs,
    showValues: options.showValues,
    clock: options.clock,
    ...(options.readItems ? { readItems: options.readItems } : {}),
    ...(options.readTargets ? { readTargets: options.readTargets } : {}),
    shape: profile.shape,
    expiry:
      profile.timeToLive === undefined || profile.timeToLive === 'unknown'
        ? undefined
        : { attribute: profile.timeToLive, now: options.clock.wall() },
    context: looks.contextFor(
      files.find((file) => file.sequence === of),
      of,
      contextOf,
      before,
      (each) => scopes.get(each)?.scope,
      inserted,
    ),
  });

  const looked = status.applied.filter((file) => sequence === undefined || file.sequence === sequence);
  const tryable = [...(isGate ? [] : status.pending), ...looked].filter(isLoaded).filter((file) => whyNotTried(file, atHand) === undefined);
  const isSampled = (of: LoadedFile): boolean => isGate || !status.applied.some((file) => file.sequence === of.sequence);
  const [ofPlanned, ofApplied] = await Promise.all(
    [true, false].map((reads) =>
      planScopes(
        tryable.filter((file) => isSampled(file) === reads),
        profile,
        { contextOf, sample: items, readScope: reads ? options.readScope : undefined },
      ),
    ),
  );
  const scopes = new Map([...(ofApplied?.scopes ?? []), ...(ofPlanned?.scopes ?? [])]);
  const applied: AppliedVersion[] = [];
  for (const file of looked) {
    const of = optionsOf(file.sequence);
    const scope = scopes.get(file.sequence);
    const some = file.transformation.only ? (scope?.items ?? []) : items;
    const checked = await checkApplied(file, whyNotTried(file, atHand), some, scope?.isWholeTable ?? sample.isWholeTable, {
      ...of,
      diffs: isGate ? options.diffs : 0,
    });
    const seeds = isGate ? await seedsOf(file, profile.shape, options) : undefined;
    applied.push({ ...checked, ...(seeds ? { seeds } : {}) });
  }
  const trials = isGate ? [] : await tryPending(status.pending, { items, shape: profile.shape, scopes }, atHand, optionsOf);
  const unguarded: Finding[] = [];
  for (const { file, trial } of trials) {
    if (!trial || !isLoaded(file)) continue;
    const earlier = files.filter(isLoaded).filter((other) => other.sequence < file.sequence && whyNotTried(other, atHand) === undefined);
    unguarded.push(...(await unguardedFindings(file, trial.taken, earlier, optionsOf)));
  }

  const pending = trials.map((trial) => pendingVersion(trial, planned));
  const estimate = estimateTrials(trials, planned, { extent, scopes }, options);
  const gate = applied.map((version) => {
    const found = appliedFindings(version);
    const ofSeeds = version.seeds ? seedFindings(table, version.sequence, version.seeds) : { serious: [], notes: [] };
    return { serious: [...found.serious, ...ofSeeds.serious], notes: [...found.notes, ...ofSeeds.notes] };
  });
  const refusals = await runRefusals(
    planned,
    status,
    trials.map(({ file }) => file.sequence),
    options,
  );
  const { quiet = defaultQuiet } = options;
  const followed = { table, versions, follow: planned.follow, calls: planned.followerCalls };
  const now = options.clock.wall();
  const ofQuiet = sequence !== undefined && (isGate || quiet.isAsked) ? quietFindings(sequence, followed, quiet, now) : undefined;
  const problems = [
    ...unreadable,
    ...planned.unused.problems,
    ...fileProblems(files),
    ...(ofPlanned?.problems ?? []),
    ...(isGate ? [] : (ofApplied?.problems ?? [])),
    ...parameterProblems(planned, [...status.pending, ...(isGate ? looked : [])]),
    ...refusals,
    ...(isGate ? [...gate.flatMap(({ serious }) => serious), ...applied.flatMap(untriedGate)] : []),
    ...trials.flatMap(({ file, trial }) => (trial ? versionProblems(file.sequence, file.file, trial) : [])),
    ...(ofQuiet?.problems ?? []),
  ];
  const estimated = trials.reduce((sum, { trial }) => sum + (trial ? trial.estimated.changed + trial.estimated.inserted : 0), 0);
  const changes = sample.isWholeTable ? estimated : twoDigits(estimated);
  const notes = [
    ...serviceNotes(planned, status.withoutFile),
    ...planned.unused.notes,
    ...fileNotes(files.filter((file) => sequence === undefined || file.sequence === sequence)),
    ...(isGate ? [] : gate.flatMap(({ serious }) => serious)),
    ...gate.flatMap((found) => found.notes),
    ...trials.flatMap(({ file, trial }) =>
      trial && isLoaded(file)
        ? versionNotes(file.sequence, file.transformation, trial, { ...profile, hasBegun: hasBegun(file.sequence, versions) })
        : [],
    ),
    ...(isGate ? [] : status.pending.filter(isLoaded)).flatMap((file) => {
      const scope = scopes.get(file.sequence);
      return scope ? scopeNotes(file, scope, profile, extent.bytes, options) : [];
    }),
    ...unguarded,
    ...unseenLookups(trials, sample.isWholeTable && scopes.size === 0, options),
    ...pending.flatMap(({ sequence: of, notTried }) =>
      notTried ? [{ name: 'NotTried', message: `It was not tried: ${notTried}.`, sequence: of }] : [],
    ),
    ...(sequence === undefined || isGate ? [] : [notApplied(sequence)]),
    ...(ofQuiet?.notes ?? []),
    ...(isGate ? [] : followNotes(followed, status.pending, quiet, now)),
    ...sampleNotes(planned, extent.items),
    ...tableNotes(profile, changes, estimate ?? { indexUnits: {} }),
  ];
  const { items: count, bytes: size } = extent;
  return {
    table,
    tableName: profile.shape.name,
    ...(profile.tableId === undefined ? {} : { tableId: profile.tableId }),
    ok: problems.length === 0,
    problems,
    notes,
    size: { ...(count === undefined ? {} : { items: count }), ...(size === undefined ? {} : { bytes: size }) },
    sample: { items: items.length, places: sample.places, isWholeTable: sample.isWholeTable, readUnits: sample.readUnits },
    versions: pending,
    applied,
    estimate,
  };
}

/** Whoever takes the plan for the gate before the next phase must not be told that the table is ready. */
function notApplied(sequence: number): Finding {
  return {
    name: 'NotApplied',
    message:
      'It is not applied in this stage, so this plan is no gate: that items still lack what the version gives is expected, and is no problem.',
    sequence,
  };
}

function pendingVersion(made: PendingTrial, { versions, catalog, given }: PlannedTable): PendingVersion {
  const { file, checksum, sequence } = made.file;
  const ofIt = given?.get(sequence);
  return {
    sequence,
    file,
    checksum,
    status: versions.find((version) => version.sequence === sequence)?.status ?? 'pending',
    deployed: catalog ? deploymentOf(made.file, catalog) : null,
    ...(isLoaded(made.file) ? { declared: made.file.transformation.declared, journaled: isJournaled(made.file.transformation) } : {}),
    ...(ofIt && 'shown' in ofIt && ofIt.shown ? { parameters: ofIt.shown } : {}),
    seeds: made.seeds,
    ...(made.trial ? { trial: printedTrial(made.trial, made.writeUnits) } : { trial: null, notTried: made.notTried }),
  };
}

/** Whether items may be in the new shape because a run has made them so. */
function hasBegun(sequence: number, versions: readonly Version[]): boolean {
  const status = versions.find((version) => version.sequence === sequence)?.status;
  return status !== undefined && status !== 'rolledBack';
}

/** Only for the gate, as it reads an item for each seed. */
async function seedsOf({ sequence, transformation }: LoadedFile, shape: TableShape, { readItems, seedPosition }: PlanOptions) {
  if (!transformation.seed || !readItems || !seedPosition) return undefined;
  return checkSeeds(transformation, { shape, position: await seedPosition(sequence), readItems });
}

/** The gate must not succeed for a version that could not be tried. */
function untriedGate({ sequence, notTried }: AppliedVersion): Finding[] {
  return notTried === undefined ? [] : [{ name: 'NotTried', message: `It was not tried: ${notTried}.`, sequence }];
}

function gathered(preparation: PreparationAtHand | undefined): unknown {
  return preparation && 'value' in preparation ? preparation.value : undefined;
}

function noSuchFile(table: string, sequence: number, files: readonly LocalFile[]): RunError {
  return new RunError(
    'InvalidInput',
    `There is no file of ${table} v${sequence}. Files here: ${files.map(({ file }) => file).join(', ') || 'none'}.`,
    { fields: { table, sequence } },
  );
}
