import type { Clock } from '../clock.ts';
import { RunError } from '../errors.ts';
import { isJournaled } from '../journal/is-journaled.ts';
import type { GivenValues } from '../ledger/given.ts';
import type { RunStep } from '../ledger/run.ts';
import type { Version } from '../ledger/versions/version.ts';
import { versionList } from '../ledger/versions/version-list.ts';
import type { LookupSource } from '../lookup/lookup-port.ts';
import { maySeemSmall } from '../run/map-size.ts';
import { refuseReplicas, refuseTransactions } from '../run/refuse-replicas.ts';
import { groupsOf, withSweepGroups } from '../run/steps/sweep-groups.ts';
import { refuseUnbaselined } from '../run/versions/refuse-unbaselined.ts';
import { refuseReplaced } from '../run/versions/replaced-table.ts';
import { refuseSquashedAway } from '../run/versions/squash-versions.ts';
import type { BoundContext } from '../transformation/contract.ts';
import type { Image } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { RunFigures } from './estimate/estimate-run.ts';
import { extentOf } from './estimate/extrapolate.ts';
import { type EstimateOptions, planEstimate } from './estimate/plan-estimate.ts';
import { togetherFigures } from './estimate/together-figures.ts';
import { filesByStatus } from './files-by-status.ts';
import { appliedFindings, checkApplied } from './findings/check-applied.ts';
import { checkSeeds, seedFindings } from './findings/check-seeds.ts';
import { checkedFiles, fileNotes, fileProblems, refusalOf } from './findings/file-problems.ts';
import { defaultQuiet, followNotes, type Quiet, quietFindings } from './findings/follow-findings.ts';
import { sampleNotes, serviceNotes, tableNotes } from './findings/table-notes.ts';
import { unguardedFindings } from './findings/unguarded.ts';
import { versionNotes, versionProblems } from './findings/version-findings.ts';
import { givenIn } from './given-at-hand.ts';
import { deploymentOf, isLoaded, type LoadedFile, type LocalFile, type PreparationAtHand, whyNotTried } from './local-file.ts';
import { twoDigits } from './number-text.ts';
import { PlanLooks } from './plan-looks.ts';
import { type PlannedScope, planScopes, type ReadScope, scopeNotes } from './plan-scopes.ts';
import type { PlannedTable } from './planned-table.ts';
import type { AppliedVersion, Finding, PendingVersion, PlanEstimate, TablePlan } from './table-plan.ts';
import { type PendingTrial, printedTrial, tryPending } from './try-pending.ts';
import type { TryVersionOptions } from './try-version.ts';

export interface PlanOptions extends EstimateOptions {
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
  /** Whether functions of a version have read the table by `documentClient`, or an index of it: what is not shown as earlier versions will make it. */
  looksUpItself(sequence: number): boolean;
  /** Whether look-ups of a version in the table can lack items that earlier versions will insert: they found no item for a key, or asked for a partition. */
  looksForMore?: (sequence: number) => boolean;
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
  const groups = groupsOf(sweptTogether(table, trials, options.oneByOne));
  const figures = {
    bytes: extent.bytes ?? 0,
    isSmall: maySeemSmall(profile) && maySeemSmall({ items: extent.items ?? 0, bytes: extent.bytes ?? 0 }),
    replicas: profile.replicaRegions.length,
    versions: groups.flatMap((group) => sweepFigures(group, profile.shape, scopes)),
  };
  const declared = trials.flatMap(({ file }) => (isLoaded(file) ? [file.transformation.declared] : []));
  const without = trials.flatMap(({ trial, file }) => (trial ? [] : [file.sequence]));
  const estimate =
    trials.some(({ trial }) => trial) && extent.bytes !== undefined
      ? { ...planEstimate(figures, { ...profile, others: planned.others }, declared, without, options), ...togetherIn(groups) }
      : null;
  const gate = applied.map((version) => {
    const found = appliedFindings(version);
    const ofSeeds = version.seeds ? seedFindings(table, version.sequence, version.seeds) : { serious: [], notes: [] };
    return { serious: [...found.serious, ...ofSeeds.serious], notes: [...found.notes, ...ofSeeds.notes] };
  });
  const behind = await squashRefusal(planned);
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
    ...findingOf(status.refusal),
    ...findingOf(behind),
    ...findingOf(refusalOf(() => refuseReplaced(table, { tableName: profile.shape.name, tableId: profile.tableId }, versions))),
    ...findingOf(refusalOf(() => refuseReplicas(profile.eventualRegions, { table, ...options }))),
    ...findingOf(
      refusalOf(() =>
        refuseTransactions(
          profile,
          table,
          status.pending.filter(isLoaded).map(({ transformation }) => transformation),
        ),
      ),
    ),
    ...findingOf(
      refusalOf(() =>
        refuseUnbaselined(
          table,
          pending.map(({ sequence: of }) => of),
          versions,
          planned.executedByPredecessor,
        ),
      ),
    ),
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

type PlannedStep = RunStep & { made: PendingTrial };

/** The pending versions, each of which says whether a run sweeps it together with the one before it. */
function sweptTogether(table: string, trials: readonly PendingTrial[], oneByOne: boolean | undefined): PlannedStep[] {
  const madeOf = new Map(trials.map((made) => [made.file.sequence, made]));
  const steps = trials.map(({ file }): RunStep => {
    const prepares = isLoaded(file) && file.transformation.prepare !== undefined;
    return { sequence: file.sequence, checksum: file.checksum, prepares };
  });
  const transformationOf = (sequence: number) => {
    const made = madeOf.get(sequence);
    return made?.trial && isLoaded(made.file) ? made.file.transformation : undefined;
  };
  const inGroups = oneByOne ? steps : withSweepGroups(steps, { table, transformationOf });
  return inGroups.flatMap((step) => {
    const made = madeOf.get(step.sequence);
    return made ? { ...step, made } : [];
  });
}

/** The figures of a sweep: of one version, or of several together. */
function sweepFigures(
  group: readonly PlannedStep[],
  shape: TableShape,
  scopes: ReadonlyMap<number, PlannedScope>,
): RunFigures['versions'][number][] {
  const tried = group.flatMap(({ made }) => (made.trial ? [made] : []));
  const [first, last] = [tried[0], tried.at(-1)];
  if (!first || !last) return [];
  if (tried.length === 1) return [{ ...first.trial, writeUnits: first.writeUnits, ofScope: scopeFigures(scopes.get(first.file.sequence)) }];
  return [togetherFigures(first.before, last.trial.items, shape)];
}

function togetherIn(groups: readonly (readonly PlannedStep[])[]): Pick<PlanEstimate, 'together'> {
  const together = groups.filter((group) => group.length > 1).map((group) => group.map(({ sequence }) => sequence));
  return together.length > 0 ? { together } : {};
}

function scopeFigures(scope: PlannedScope | undefined): { readUnits: number; segments: number } | undefined {
  return scope && scope.passUnits > 0 ? { readUnits: scope.passUnits, segments: scope.scope.ref.segments } : undefined;
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

/**
 * Look-ups read the table as it is, in which nothing is written yet.
 *
 * @param isComplete if all items were tried, so that look-ups were shown all that versions insert
 */
function unseenLookups(
  trials: readonly PendingTrial[],
  isComplete: boolean,
  { looksUpItself, looksForMore = () => false }: PlanOptions,
): Finding[] {
  return trials.flatMap(({ file: { sequence } }, index) => {
    const inserting = trials.slice(0, index).filter(mayInsert);
    if (inserting.length > 0 && !isComplete && looksForMore(sequence) && !looksUpItself(sequence)) {
      const inserters = inserting.map(({ file }) => file.sequence);
      return [
        {
          name: 'LookupsUnseen',
          message: `Its functions look for items of this table that ${versionList(inserters)} may insert, and a plan writes nothing: the answers had what ${inserters.length === 1 ? 'it inserts' : 'they insert'} for the sampled items, and not for others. A run may do something else. To see it, take the table up to v${inserters.at(-1)} first, and plan again.`,
          sequence,
        },
      ];
    }
    const before = trials
      .slice(0, index)
      .filter((made) => mayInsert(made) || (made.trial && made.trial.counters.changed + made.trial.counters.inserted > 0))
      .map(({ file }) => file.sequence);
    if (before.length === 0 || !looksUpItself(sequence)) return [];
    return [
      {
        name: 'LookupsUnseen',
        message: `Its functions read this table by documentClient or by an index, and a plan writes nothing: they were given the items as they are, not as ${versionList(before)} will make them. A run may do something else. To see it, take the table up to v${before.at(-1)} first, and plan again.`,
        sequence,
      },
    ];
  });
}

/** Also if it inserts nothing for the sampled items. */
function mayInsert({ file }: PendingTrial): boolean {
  return isLoaded(file) && (file.transformation.declared.inserts || file.transformation.seed !== undefined);
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

/** Without a deployed service nothing is known of what is applied. */
async function squashRefusal({ table, squashed = [], versions, catalog, sample }: PlannedTable): Promise<RunError | undefined> {
  if (!catalog) return undefined;
  try {
    await refuseSquashedAway(table, squashed, versions, async () => sample.images.length === 0);
    return undefined;
  } catch (error) {
    if (error instanceof RunError) return error;
    throw error;
  }
}

/** Those that a run would refuse. */
function parameterProblems({ given }: PlannedTable, files: readonly LocalFile[]): Finding[] {
  return files.flatMap(({ sequence }) => {
    const found = given?.get(sequence);
    return found && 'refusal' in found ? [{ name: found.refusal.name, message: found.refusal.message, sequence }] : [];
  });
}

function findingOf(error: RunError | undefined): Finding[] {
  return error ? [{ name: error.name, message: error.message }] : [];
}

function noSuchFile(table: string, sequence: number, files: readonly LocalFile[]): RunError {
  return new RunError(
    'InvalidInput',
    `There is no file of ${table} v${sequence}. Files here: ${files.map(({ file }) => file).join(', ') || 'none'}.`,
    { fields: { table, sequence } },
  );
}
