import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import type { Waiting } from '../../aws/operator/executions.ts';
import type { ExecutionState } from '../../aws/step-functions.ts';
import { countOf } from '../../core/count-of.ts';
import { type RecordedError, RunError, recordedError } from '../../core/errors.ts';
import type { Acknowledged } from '../../core/ledger/acknowledged.ts';
import type { Control } from '../../core/ledger/control.ts';
import { isPausedByHours, opensAt } from '../../core/ledger/limits/hours.ts';
import { amountOf, claimsOfCost, type MaxCost } from '../../core/ledger/limits/max-cost.ts';
import type { PauseAfter } from '../../core/ledger/limits/pause-after.ts';
import type { Prices } from '../../core/ledger/limits/prices.ts';
import { holdersOf, type Pause } from '../../core/ledger/pause.ts';
import { parametersOf } from '../../core/ledger/run.ts';
import type { RunStatus } from '../../core/ledger/run-status.ts';
import { isHalfway, type Version, type VersionStatus } from '../../core/ledger/versions/version.ts';
import { waitingSegments } from '../../core/ledger/waiting-segments.ts';
import { type FileWarning, fileWarnings, withSeen } from '../../core/run/file-warnings.ts';
import { commandToGoOn } from '../../core/run/run-commands.ts';
import { goneWarning, replacementWarning } from '../../core/run/versions/replaced-table.ts';
import type { Direction } from '../../core/transformation/contract.ts';
import { hasNoTable } from '../has-no-table.ts';
import type { ShownParameters } from '../parameters/parameters-text.ts';
import { type QuietWait, quietWaitOf } from '../progress/late-requests-text.ts';
import { type Observation, observeRun } from '../progress/observe-run.ts';
import type { Progress } from '../progress/progress.ts';
import { progressNow } from '../progress/progress-now.ts';
import { mustAskExecution, reconcileRun } from '../progress/reconcile-run.ts';
import { type RetriedSegment, retriedSegments } from '../progress/retried-segments.ts';
import { type SegmentFault, segmentFaults } from '../progress/segment-faults.ts';
import type { TableAsked } from '../tables-asked.ts';
import { type HoldShown, holdShown } from '../terminal/hold-shown.ts';
import { adoptedWithSeen } from './acknowledged-shown.ts';
import { type FollowShown, followShown } from './follow-shown.ts';
import { billOfRun, type RunBill } from './run-bill.ts';
import { runShown } from './run-shown.ts';
import { type AdoptedShown, adoptedShown, type Reached, reachedBy, type VersionShown, versionsShown } from './versions-shown.ts';

/** What `status` prints with `--json` for a table. Fields may be added, but not changed. */
export interface StatusDocument {
  table: string;
  applied: number[];
  /** Deployed versions that the ledger does not have as applied, and that are not held. */
  pending: number[];
  /** An operator's order to apply only versions below a number. */
  hold?: HoldShown;
  /** Set if the stage does not have the table: files for it are deployed, and nothing is pending. */
  noTable?: boolean;
  /** Versions that a run began and did not end yet, or did not end: some items have their shape. `run` says how far it is, if it is that run. */
  halfway?: { sequence: number; direction: Direction; run: string; since: string; reached?: Reached; isUnderWay?: boolean }[];
  /** Each version that is deployed or in the ledger, with its state in one word. */
  versions?: VersionShown[];
  /** Versions that other code finished than began them, or goes on with: from which code, and how many items that had changed. */
  adopted?: AdoptedShown[];
  /** The requested run; otherwise the run that holds the table; otherwise the latest run. */
  run?: {
    run: string;
    status: RunStatus;
    direction: Direction;
    dryRun: boolean;
    prepareOnly: boolean;
    sequences: number[];
    /** What it gives the functions of its versions, by sequence; secrets are masked. */
    parameters?: Readonly<Record<string, ShownParameters>>;
    execution: string;
    startedAt: string;
    /** Who started it, and why. */
    startedBy?: string | undefined;
    reason?: string | undefined;
    endedAt?: string | undefined;
    error?: RecordedError | undefined;
    /** If the run ended as too many segments failed: by which errors. */
    faults?: SegmentFault[];
    /** Of a run that ended before its end: the command that goes on with it. */
    goesOnBy?: string;
    /** The limit of changes at which the run pauses itself, and since when it counts. */
    pauseAfter?: PauseAfter | undefined;
    /** The hours in which the run may write, and if it waits for them, when they begin (ISO 8601). */
    onlyBetween?: { hours: string; opensAt?: string | undefined } | undefined;
    /** What the run may cost before it pauses itself, and what its workers have claimed of it. */
    maxCost?: { amount: number; currency: string; since: string; used: number } | undefined;
    progress?: Progress;
    /** What it has cost until now, by part. */
    cost?: RunBill;
  };
  /** An execution that was started for the table and has not taken it yet: it checks the files and tries them on a sample. */
  starting?: { execution: string; startedAt?: string | undefined; waitsFor?: Waiting };
  /** What the run waits for before its state is tried again. */
  waitsFor?: Waiting;
  /** `holders` are all that keep the run paused. `by` and `since` are those of a person if one paused the run, otherwise of the first holder. */
  paused?: Pause;
  /** What a run that is under way waits for, and until when (ISO 8601). */
  waiting?: QuietWait;
  /** Up to 20 segments of a run that is under way whose workers end at one position, one after the other. */
  retried?: RetriedSegment[];
  /** Warnings if deployed files do not fit the versions in the ledger. */
  warnings?: FileWarning[];
  /** Failed items of the run's present pass, and what an undo left as it is in all of its passes, as far as the ledger keeps them. */
  failures?: {
    sequence: number;
    segment: number;
    key: Record<string, unknown>;
    name: string;
    place?: string | undefined;
    /** Of TargetExists: the key of the item that exists. */
    target?: Record<string, unknown> | undefined;
    targetTable?: string | undefined;
    message: string;
  }[];
  /** What older code still writes, if the deployed service follows the table's stream. */
  follow?: FollowShown;
  /** Set if a record of the table in the ledger cannot be read; then nothing else is known. */
  error?: RecordedError;
  /** Of a dry run: up to 20 of up to 20 items that it would change. */
  toChange?: { sequence: number; segment: number; key: Record<string, unknown> }[];
}

/** What to say of a table. */
export interface StatusAsks {
  /** Also the failed items, with their keys. */
  withFailures: boolean;
  /** The run to show, unless it is the one that matters now. */
  run?: string | undefined;
  /** Also what the run has cost, which takes two more requests. */
  bill?: { prices: Prices | undefined } | undefined;
  /** Only what a line about the table needs: nothing of the passes of a run that has ended. */
  isLine?: boolean | undefined;
}

/** Where a table stands. @throws RunError InvalidInput if there is no such run */
export async function statusDocument(
  service: DeployedService,
  asked: TableAsked,
  { withFailures, run: runAsked, bill, isLine = false }: StatusAsks,
): Promise<StatusDocument> {
  const { ledger } = service;
  const { table, tableName, files } = asked;
  const [versions, lock, held, seen, followed] = await Promise.all([
    ledger.versions(table),
    ledger.lock(table),
    ledger.hold(table),
    ledger.acknowledged(table),
    followShown(service, asked, withFailures),
  ]);
  const applied = versions.filter(({ status }) => status === 'applied').map(({ sequence }) => sequence);
  const unapplied = [...new Set(files.map(({ sequence }) => sequence))]
    .filter((sequence) => !applied.includes(sequence))
    .sort((a, b) => a - b);
  const isNotHere = unapplied.length > 0 && (await hasNoTable(service, asked, versions));
  const shown = holdShown(held, files, versions);
  const hold = shown ? { hold: shown } : {};
  const pending = isNotHere ? [] : unapplied.filter((sequence) => !shown?.sequences.includes(sequence));
  const noTable = isNotHere ? { noTable: true } : {};
  const found = withSeen(
    [...(await replacementWarnings(service, table, tableName, versions)), ...fileWarnings(table, files, versions)],
    seen,
  );
  const warnings = found.length > 0 ? { warnings: found } : {};
  const run = await runShown(service, table, lock, runAsked);
  const isHeld = lock !== undefined && lock.endedAt === undefined;
  const starting = isHeld ? {} : await startingNow(service, table);
  const follow = followed ? { follow: followed } : {};
  const standing = (underWay?: string) => ({ ...standingOf(files, versions, { underWay, seen }), ...noTable, ...follow });
  if (!run)
    return {
      table,
      applied,
      pending,
      ...hold,
      ...standing(),
      ...halfwayIn(versions, isLine ? undefined : await reachedBy(versions, ledger)),
      ...starting,
      ...warnings,
      ...(withFailures ? { failures: [] } : {}),
    };

  const execution = mustAskExecution(run, lock) ? await service.execution(run.execution) : undefined;
  const { status, endedAt, error } = mustAskExecution(run, lock) ? reconcileRun(run, execution) : run;
  const underWay = status === 'running' ? run.id : undefined;
  const observation = isLine && !underWay ? undefined : await observeRun(ledger, run);
  const reached = isLine ? new Map<number, Reached>() : await reachedBy(versions, ledger, observation);
  const { direction, dryRun, prepareOnly, steps, startedAt, startedBy, reason } = run;
  const sequences = steps.map(({ sequence }) => sequence);
  const parameters = parametersOf(run);
  const progress = observation && { progress: await progressOfRun(service, observation, status === 'running' ? execution : undefined) };
  const cost =
    bill && observation && progress
      ? await billOfRun(service, asked, { ...observation, run, counters: progress.progress.counters }, bill.prices)
      : undefined;
  const retried = observation && status === 'running' ? retriedSegments(observation.checkpoints, withFailures) : [];
  const faults = segmentFaults(error?.name, observation?.checkpoints ?? []);
  const { paused, pauseAfter, maxCost } = observation?.control.marks ?? {};
  const limit = maxCost && status === 'running' ? { maxCost: await costShown(service, run.id, maxCost) } : {};
  const waitsFor = execution?.status === 'running' ? ((await service.waitingOf(run.execution)) ?? segmentsWaiting(observation)) : undefined;
  const failures = withFailures && observation ? await ledger.openFailures(run, observation.control.pass) : [];
  const toChange = withFailures && observation && run.dryRun ? await ledger.toChange(run.id, observation.control.pass) : [];
  return {
    table,
    applied,
    pending,
    ...hold,
    ...standing(underWay),
    ...halfwayIn(versions, reached, underWay),
    run: {
      run: run.id,
      status,
      direction,
      dryRun,
      prepareOnly,
      sequences,
      ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
      execution: run.execution,
      startedAt,
      startedBy,
      reason,
      endedAt,
      error,
      ...(faults.length > 0 ? { faults } : {}),
      ...(isCutShort(status) ? { goesOnBy: commandToGoOn(run) } : {}),
      ...(pauseAfter && status === 'running' ? { pauseAfter } : {}),
      ...limit,
      ...(cost ? { cost } : {}),
      ...(observation && status === 'running' ? hoursShown(observation.control.marks) : {}),
      ...progress,
    },
    ...starting,
    ...(waitsFor ? { waitsFor } : {}),
    ...(observation && status === 'running' && !paused ? waitingOf(observation.control) : {}),
    ...(retried.length > 0 ? { retried } : {}),
    ...(paused && status === 'running' ? { paused: { ...paused, holders: holdersOf(paused) } } : {}),
    ...warnings,
    ...(withFailures
      ? {
          failures: failures.map(({ sequence, segment, key, name, message, place, target, targetTable }) => ({
            sequence,
            segment,
            key,
            target,
            targetTable,
            name,
            place,
            message,
          })),
        }
      : {}),
    ...(toChange.length > 0 ? { toChange } : {}),
  };
}

function hoursShown({ onlyBetween, paused }: Control['marks']): { onlyBetween?: { hours: string; opensAt?: string } } {
  if (!onlyBetween) return {};
  const { hours } = onlyBetween;
  return { onlyBetween: isPausedByHours(paused) ? { hours, opensAt: new Date(opensAt({ hours }, Date.now())).toISOString() } : { hours } };
}

async function costShown({ ledger }: DeployedService, run: string, limit: MaxCost) {
  const { amount, currency, since } = limit;
  return { amount, currency, since, used: amountOf(await ledger.claimed(run, claimsOfCost(limit))) };
}

function standingOf(
  files: TableAsked['files'],
  versions: readonly Version[],
  { underWay, seen }: { underWay: string | undefined; seen: Acknowledged | undefined },
): Pick<StatusDocument, 'versions' | 'adopted'> {
  const [shown, adopted] = [versionsShown(files, versions, underWay, Date.now()), adoptedWithSeen(adoptedShown(versions), seen)];
  return { ...(shown.length > 0 ? { versions: shown } : {}), ...(adopted.length > 0 ? { adopted } : {}) };
}

/** What runs began and did not end. @param underWay the run that goes on now */
export function halfwayIn(
  versions: readonly Version[],
  reached: ReadonlyMap<number, Reached> = new Map(),
  underWay?: string,
): Pick<StatusDocument, 'halfway'> {
  const halfway = versions.filter(isHalfway).map(({ sequence, status, run, at }) => {
    const far = reached.get(sequence);
    const isUnderWay = run === underWay ? { isUnderWay: true } : {};
    return { sequence, direction: directionOf(status), run, since: at, ...(far ? { reached: far } : {}), ...isUnderWay };
  });
  return halfway.length > 0 ? { halfway } : {};
}

function isCutShort(status: RunStatus): boolean {
  return status === 'failed' || status === 'stopped' || status === 'aborted' || status === 'timedOut';
}

function directionOf(status: VersionStatus): Direction {
  return status === 'applying' ? 'up' : 'down';
}

/** The same for one of all tables: a record that cannot be read makes nothing unknown but its own table. */
export async function statusOrError(service: DeployedService, asked: TableAsked, asks: StatusAsks): Promise<StatusDocument> {
  try {
    return await statusDocument(service, asked, asks);
  } catch (error) {
    if (!(error instanceof RunError && (error.name === 'LedgerTooNew' || error.name === 'LedgerDamaged'))) throw error;
    return { table: asked.table, applied: [], pending: [], error: recordedError(error) };
  }
}

async function startingNow(service: DeployedService, table: string): Promise<Pick<StatusDocument, 'starting'>> {
  const found = await service.starting(table);
  if (!found) return {};
  const waitsFor = await service.waitingOf(found.execution);
  return {
    starting: { execution: found.execution, startedAt: found.startedAt?.toISOString(), ...(waitsFor ? { waitsFor } : {}) },
  };
}

/** What workers wait for: they are executions of their own, of which the history of the run's execution says nothing. */
export function segmentsWaiting(observation: Observation | undefined): Waiting | undefined {
  if (observation?.control.decision.kind !== 'transform' || observation.control.marks.paused) return undefined;
  const waiting = waitingSegments(observation.checkpoints, Date.now());
  if (!waiting) return undefined;
  const { segments, error, since } = waiting;
  const message = `${segments} of ${countOf(observation.control.totalSegments, 'segment')} wait for a new worker, as an error ended theirs`;
  return { error, message, since: new Date(since).toISOString() };
}

function waitingOf(control: Control): Pick<StatusDocument, 'waiting'> {
  const waiting = quietWaitOf(control);
  return waiting ? { waiting } : {};
}

async function progressOfRun(service: DeployedService, observation: Observation, running: ExecutionState | undefined): Promise<Progress> {
  return progressNow(observation, running, running && (await service.tables.itemCount(observation.run.tableName)));
}

/** If the table is gone or another one. Only for information: the caller may not be allowed to describe it. */
async function replacementWarnings(
  service: DeployedService,
  table: string,
  tableName: string | undefined,
  versions: readonly Version[],
): Promise<FileWarning[]> {
  if (tableName === undefined || versions.length === 0) return [];
  try {
    return replacementWarning(table, { tableName, tableId: await service.tables.id(tableName) }, versions);
  } catch (error) {
    return error instanceof RunError && error.name === 'UnknownTable' ? goneWarning(table, tableName, versions) : [];
  }
}
