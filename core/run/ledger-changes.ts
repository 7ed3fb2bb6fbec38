import { type RunError, recordedError } from '../errors.ts';
import { type Checkpoint, countPass } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import { addCounters, type Counters } from '../ledger/counters.ts';
import type { Hold } from '../ledger/hold.ts';
import type { RefusedStart } from '../ledger/refused-start.ts';
import { type Run, takesTable } from '../ledger/run.ts';
import { endedPart, isRedriven, nextPart, type PartEnding, type RunPart } from '../ledger/run-part.ts';
import { type RunStatus, runStatusAfter } from '../ledger/run-status.ts';
import type { SettledPass } from '../ledger/settled-pass.ts';
import {
  type AdoptedCode,
  beginOf,
  endOf,
  isHalfway,
  isInTable,
  settleOf,
  statusAfter,
  type Version,
  type VersionCode,
  type VersionStatus,
} from '../ledger/version.ts';
import { codesOf, withCode } from '../ledger/version-codes.ts';
import { workOf } from '../ledger/version-counters.ts';
import { codeOf } from '../transformation/catalog.ts';
import type { Holder, Lock, Taken } from './take-table.ts';
import type { SettledSequence, Verdict } from './verdict.ts';

/** There is no such record yet. */
interface RecordIsNew {
  name: 'recordIsNew';
}

/** No other start took the table since the lock was read, and its fence did not rise. */
interface LockIsAsRead {
  name: 'lockIsAsRead';
  read: Pick<Lock, 'run' | 'execution' | 'fence'>;
}

/** No other run, and no operator, changed the version since it was read. */
interface VersionIsAsRead {
  name: 'versionIsAsRead';
  read: { status: VersionStatus };
}

/** No operator held or released versions since the hold was read. */
interface HoldIsAsRead {
  name: 'holdIsAsRead';
  read: Pick<Hold, 'number'>;
}

/** The execution still holds the run, and the run's status did not change since it was read. */
interface RunIsAsRead {
  name: 'runIsAsRead';
  read: { execution: string; status: RunStatus };
}

/** What tells whether a decision was recorded since the control was read. */
interface LastDecision {
  fence: number;
  decisionNumber: number;
  redriveCount: number;
}

/** No other decision of the run was recorded since its control was read. */
interface NoDecisionSince {
  name: 'noDecisionSince';
  read: LastDecision;
}

/** The same, and no operator stopped the redrive that decides now. The stop of an earlier redrive is cleared. */
interface NoDecisionOrStopSince {
  name: 'noDecisionOrStopSince';
  read: LastDecision;
  /** Of the redrive that decides now. */
  redriveCountNow: number;
}

export type LedgerCondition =
  | RecordIsNew
  | LockIsAsRead
  | VersionIsAsRead
  | HoldIsAsRead
  | RunIsAsRead
  | NoDecisionSince
  | NoDecisionOrStopSince;

/** The fields of a run that change after its start. An undefined value removes the field; a field that is not named stays. */
export interface RunFields {
  status: RunStatus;
  steps?: Run['steps'];
  execution?: string;
  counters?: Counters;
  part?: number | undefined;
  partStartedAt?: string | undefined;
  redriveCount?: number | undefined;
  endedAt: string | undefined;
  error: Run['error'];
}

/**
 * What a decision does to the marks of operators and workers (pause, stop, budget, failures, task token), which change beside the
 * decisions, also while one is taken: it leaves them, or a redrive clears the stop and the failures of those before it, or a new
 * holder sets all of them.
 */
export type MarksChange = 'left' | 'clearedByRedrive' | 'set';

/** One change of one record of the ledger, with the condition on which it is made. */
export type LedgerChange =
  | { kind: 'putRun'; run: Run; condition: RecordIsNew }
  | { kind: 'updateRun'; table: string; run: string; fields: RunFields; condition: RunIsAsRead }
  /** What a continued or superseded run was until then. */
  | { kind: 'putPart'; part: RunPart; condition: RecordIsNew }
  | { kind: 'putRefusedStart'; refused: RefusedStart }
  | { kind: 'putControl'; control: Control; condition: RecordIsNew }
  | { kind: 'updateControl'; control: Control; marks: MarksChange; condition: NoDecisionSince | NoDecisionOrStopSince }
  | { kind: 'putVersion'; version: Version; condition: RecordIsNew | VersionIsAsRead }
  | { kind: 'checkHold'; table: string; condition: RecordIsNew | HoldIsAsRead }
  | { kind: 'putLock'; lock: Lock; condition: RecordIsNew | LockIsAsRead }
  | { kind: 'moveFence'; table: string; fence: number; condition: LockIsAsRead }
  | { kind: 'closeLock'; table: string; endedAt: string; lateUntil: number | undefined; condition: LockIsAsRead }
  | { kind: 'putSettledPass'; settledPass: SettledPass }
  | { kind: 'deleteSeedPosition'; table: string; sequence: number };

/** How a run is recorded whose execution ended without SettlePass. */
export interface RunEnding {
  status: RunStatus;
  endedAt: string | undefined;
  error: { name: string; message: string };
}

/** What StartRun read before it decided. */
export interface StartRead {
  lock: Lock | undefined;
  holder: Holder | undefined;
  versions: readonly Version[];
  hold: Hold | undefined;
}

/** What SettlePass or Prepare read before it decided. */
export interface VerdictRead {
  run: Run;
  control: Control;
  versions: readonly Version[];
  /** Of the present pass. */
  checkpoints: readonly Checkpoint[];
}

/**
 * What the ledger says after a start took the table. A dry run and a run that only prepares write nothing but their own records.
 *
 * 1. The lock names the run, its execution and its fence.
 * 2. The version of its first sequence is begun, before anything is written to the table.
 * 3. The run goes on with its records, or begins with new ones.
 * 4. A run that is replaced is closed. What it was, or what the continued run was until now, is kept as a part of it.
 * 5. A version that it leaves half-way keeps what was done for it.
 * 6. Versions that were recorded before ids of tables were kept get the table's id.
 * 7. The hold is the one by which the sequences were chosen.
 *
 * @param now ISO 8601
 */
export function startChanges({ run, control, resumed, superseded }: Taken, read: StartRead, now: string): LedgerChange[] {
  const { table } = run;
  const begun: LedgerChange[] = [
    { kind: 'putRun', run, condition: recordIsNew },
    { kind: 'putControl', control, condition: recordIsNew },
  ];
  if (!takesTable(run)) return begun;

  const lock: Lock = { table, run: run.id, execution: run.execution, fence: control.fence };
  const changes: LedgerChange[] = [
    { kind: 'putLock', lock, condition: read.lock ? lockIsAsRead(read.lock) : recordIsNew },
    beginVersion({ run, control, left: superseded?.control }, read.versions, now),
    ...leftHalfway(run, control, superseded, read.versions),
    ...learnedTables(run, control, superseded, read.versions),
    { kind: 'checkHold', table, condition: read.hold ? holdIsAsRead(read.hold) : recordIsNew },
  ];
  if (resumed && read.holder)
    changes.push(updateRun(read.holder.run, run), updateControl(control, read.holder.control, 'set'), keepPart(read.holder));
  else changes.push(...begun);
  if (superseded) {
    const status = runStatusAfter('supersede', superseded.run.status);
    changes.push(
      updateRun(superseded.run, { ...superseded.run, status, endedAt: superseded.run.endedAt ?? now }),
      updateControl({ ...superseded.control, fence: control.fence, ended: true }, superseded.control, 'set'),
      keepPart(superseded),
    );
  }
  return changes;
}

/**
 * What the ledger says after SettlePass or Prepare decided. A dry run and a run that only prepares change their own records only.
 *
 * 1. The control carries the decision, and the run its counters. In a redrive, what the run was before is kept as a part of it.
 * 2. A pass that is over leaves a summary.
 * 3. A sequence that is settled ends its version, and so do those that its pass settled, too. One that was rolled back may insert its seeds
 *    again.
 * 4. A sequence, other code or another preparation begins its version, before the next write to the table.
 * 5. The lock follows the fence, or is closed.
 *
 * @param now ISO 8601
 */
export function verdictChanges(verdict: Verdict, read: VerdictRead, now: string): LedgerChange[] {
  const { run } = read;
  const { control, settledPass } = verdict;
  const succeeded = verdict.kind === 'succeed';
  const isRedrive = control.decision.redriveCount > read.control.decision.redriveCount;
  const changes: LedgerChange[] = [
    updateControl(control, read.control, isRedrive ? 'clearedByRedrive' : 'left'),
    updateRun(run, {
      ...run,
      ...partAfter(read, control.decision.redriveCount, now),
      // A redrive may have adopted new code.
      steps: run.steps.map((step, index) => (index === control.step ? { ...step, ...codeIn(control) } : step)),
      status: runStatusAfter(succeeded ? 'succeed' : 'goOn', run.status),
      endedAt: succeeded ? now : undefined,
      error: undefined,
      counters: control.settled.run,
    }),
  ];
  if (beginsPart(read, control.decision.redriveCount)) changes.push(keepPart(read));
  if (settledPass) changes.push({ kind: 'putSettledPass', settledPass });
  return takesTable(run) ? [...changes, ...versionChangesOf(verdict, read, now), ...lockChangesOf(verdict, read, now)] : changes;
}

/**
 * What the ledger says after SettlePass or Prepare failed the run. The lock is not touched: the execution itself fails, and until then
 * it holds the table.
 *
 * @param now ISO 8601
 */
export function failureChanges(
  read: Omit<VerdictRead, 'versions'>,
  error: RunError,
  { now, redriveCount }: { now: string; redriveCount: number },
): LedgerChange[] {
  const { run } = read;
  const status = runStatusAfter(error.name === 'Stopped' ? 'stop' : 'fail', run.status);
  const recorded = { table: run.table, run: run.id, ...recordedError(error) };
  const failed = { ...run, ...partAfter(read, redriveCount, now), status, endedAt: now, counters: countedSoFar(read), error: recorded };
  return [updateRun(run, failed), ...(beginsPart(read, redriveCount) ? [keepPart(read)] : [])];
}

interface PartRead {
  run: Run;
  control: Control;
  checkpoints: readonly Checkpoint[];
  ending?: PartEnding | undefined;
}

/** True if the decision is the first of a redrive. */
function beginsPart({ run, control }: PartRead, redriveCount: number): boolean {
  return isRedriven(run, redriveCount, control.decision.redriveCount);
}

function partAfter(read: PartRead, redriveCount: number, now: string): Partial<Run> {
  return beginsPart(read, redriveCount) ? nextPart(read.run, now, redriveCount) : {};
}

function keepPart(read: PartRead): LedgerChange {
  return { kind: 'putPart', part: endedPart(read.run, countedSoFar(read), read.ending), condition: recordIsNew };
}

function countedSoFar({ control, checkpoints }: PartRead): Counters {
  return addCounters(control.settled.run, countPass(checkpoints).all);
}

/** What the ledger says after the execution of a run ended without SettlePass. The lock is not touched. */
export function endingChanges({ table, id, execution, status }: Run, ending: RunEnding): LedgerChange[] {
  return [{ kind: 'updateRun', table, run: id, fields: ending, condition: runIsAsRead({ execution, status }) }];
}

function versionChangesOf(verdict: Verdict, { run, control: read, versions }: VerdictRead, now: string): LedgerChange[] {
  const { control } = verdict;
  const changes: LedgerChange[] = [];
  const settled = 'settledSequence' in verdict ? verdict.settledSequence : undefined;
  const settledToo = verdict.settledToo ?? [];
  if (settled) changes.push(endVersion(run, settled, statusAfter(endOf[run.direction], statusOf(settled, versions)), versions, now));
  for (const each of settledToo)
    changes.push(endVersion(run, each, statusAfter(settleOf[run.direction], statusOf(each, versions)), versions, now));
  if (settled && run.direction === 'down')
    for (const { sequence } of [settled, ...settledToo]) changes.push({ kind: 'deleteSeedPosition', table: run.table, sequence });
  const goesOn = verdict.kind === 'transform' || verdict.kind === 'prepare' || verdict.kind === 'quiet';
  const hasNewCode = codeOf(control) !== codeOf(read);
  const hasNewPreparation = control.preparation?.version !== read.preparation?.version;
  if (goesOn && (settled || hasNewCode || hasNewPreparation))
    changes.push(beginVersion({ run, control, left: settled ? undefined : read }, versions, now));
  return changes;
}

/** Max versions that a start gives the table's id, as a transaction takes 100 actions. */
const maxLearned = 80;

function learnedTables(
  { tableId }: Run,
  { sequence }: Control,
  superseded: Holder | undefined,
  versions: readonly Version[],
): LedgerChange[] {
  if (tableId === undefined) return [];
  const written = [sequence, superseded?.control.sequence];
  return versions
    .filter((version) => isInTable(version) && version.tableId === undefined && !written.includes(version.sequence))
    .slice(0, maxLearned)
    .map((version) => putVersion(version, { ...version, tableId }));
}

/** The version at which a superseded run was, if the new run begins with another one. */
function leftHalfway(
  { tableId }: Run,
  { sequence }: Control,
  superseded: Holder | undefined,
  versions: readonly Version[],
): LedgerChange[] {
  if (!superseded || superseded.control.sequence === sequence) return [];
  const { run, control, checkpoints } = superseded;
  const left = versions.find((version) => version.sequence === control.sequence && version.run === run.id && isHalfway(version));
  if (!left) return [];
  const { counters, isCovered } = workOf(control, checkpoints);
  return [putVersion(left, { ...left, counters, isCovered, tableId: left.tableId ?? tableId })];
}

function lockChangesOf({ kind, control }: Verdict, { run, control: read }: VerdictRead, now: string): LedgerChange[] {
  const { table, id, execution } = run;
  const condition = lockIsAsRead({ run: id, execution, fence: read.fence });
  if (kind === 'succeed') return [{ kind: 'closeLock', table, endedAt: now, lateUntil: control.lease.lateUntil, condition }];
  return control.fence === read.fence ? [] : [{ kind: 'moveFence', table, fence: control.fence, condition }];
}

interface Begun {
  run: Run;
  control: Control;
  /** The control that was at this or another version before. */
  left: Control | undefined;
}

function beginVersion({ run, control, left }: Begun, versions: readonly Version[], now: string): LedgerChange {
  const { sequence, checksum, bundleChecksum, packages, file, preparation } = control;
  const before = versions.find((version) => version.sequence === sequence);
  return putVersion(before, {
    table: run.table,
    sequence,
    status: statusAfter(beginOf[run.direction], before?.status),
    checksum,
    file,
    packages,
    codes: withCode(codesOf(before), { checksum, bundleChecksum, preparation }),
    preparation: preparation ?? before?.preparation,
    run: run.id,
    execution: run.execution,
    at: now,
    counters: control.settled.sequence,
    isCovered: control.settled.isCovered,
    adopted: adoptedBy({ run, control, left }, before, now),
    repaired: before?.status === 'applied' ? before.repaired : undefined,
    tableId: run.tableId ?? before?.tableId,
  });
}

/** Max codes that a version remembers; of more, the earliest. */
const maxAdopted = 20;

/** With the code that the run replaces, if it had changed items: an attribute that it added stays as it set it. */
function adoptedBy({ run, control, left }: Begun, before: Version | undefined, now: string): readonly AdoptedCode[] | undefined {
  const earlier = before && isInTable(before) ? (before.adopted ?? []) : [];
  const work = control.settled.sequence;
  const isOther = left && work && left.sequence === control.sequence && codeOf(left) !== codeOf(control);
  const changed = isOther ? work.changed - earlier.reduce((sum, code) => sum + code.changed, 0) : 0;
  const { checksum: from, bundleChecksum: bundleFrom } = left ?? {};
  const all = from && changed > 0 ? [...earlier, { from, bundleFrom, changed, run: run.id, at: now }] : earlier;
  return all.length > 0 ? all.slice(0, maxAdopted) : undefined;
}

function codeIn({ checksum, bundleChecksum, packages, rewrites }: Control) {
  return { checksum, bundleChecksum, packages, ...(rewrites ? { rewrites } : {}) };
}

function statusOf({ sequence }: SettledSequence, versions: readonly Version[]): VersionStatus | undefined {
  return versions.find((version) => version.sequence === sequence)?.status;
}

function endVersion(
  run: Run,
  { rewrote = false, bundleChecksum, ...settled }: SettledSequence,
  status: VersionStatus,
  versions: readonly Version[],
  now: string,
): LedgerChange {
  const before = versions.find(({ sequence }) => sequence === settled.sequence);
  return putVersion(before, {
    table: run.table,
    ...settled,
    file: settled.file ?? before?.file,
    codes: codesAfter(run, { ...settled, rewrote }, withSettled(codesOf(before), { checksum: settled.checksum, bundleChecksum })),
    status,
    preparation: before?.preparation,
    run: run.id,
    execution: run.execution,
    at: now,
    adopted: before?.adopted,
    repaired: before?.repaired,
    tableId: run.tableId ?? before?.tableId,
  });
}

/** The codes of which values may still be in the table. */
function codesAfter(
  { direction }: Run,
  { rewrote, counters }: Pick<SettledSequence, 'rewrote' | 'counters'>,
  codes: readonly VersionCode[],
): readonly VersionCode[] {
  if (direction === 'down') return counters.kept === 0 ? [] : codes;
  return rewrote ? codes.slice(-1) : codes;
}

/** A version that was settled by the pass of another one was not begun. */
function withSettled(codes: readonly VersionCode[], code: VersionCode): readonly VersionCode[] {
  return codes.some((known) => codeOf(known) === codeOf(code)) ? codes : withCode(codes, code);
}

function putVersion(before: Version | undefined, version: Version): LedgerChange {
  return {
    kind: 'putVersion',
    version,
    condition: before ? { name: 'versionIsAsRead', read: { status: before.status } } : recordIsNew,
  };
}

function updateRun(read: Run, after: Run): LedgerChange {
  const { steps, status, execution, part, partStartedAt, redriveCount, endedAt, counters, error } = after;
  const fields = { steps, status, execution, part, partStartedAt, redriveCount, endedAt, counters, error };
  return { kind: 'updateRun', table: read.table, run: read.id, fields, condition: runIsAsRead(read) };
}

function updateControl(control: Control, { fence, decision }: Control, marks: MarksChange): LedgerChange {
  const read = { fence, decisionNumber: decision.number, redriveCount: decision.redriveCount };
  return {
    kind: 'updateControl',
    control,
    marks,
    condition:
      marks === 'clearedByRedrive'
        ? { name: 'noDecisionOrStopSince', read, redriveCountNow: control.decision.redriveCount }
        : { name: 'noDecisionSince', read },
  };
}

const recordIsNew: RecordIsNew = { name: 'recordIsNew' };

function lockIsAsRead({ run, execution, fence }: LockIsAsRead['read']): LockIsAsRead {
  return { name: 'lockIsAsRead', read: { run, execution, fence } };
}

function holdIsAsRead({ number }: HoldIsAsRead['read']): HoldIsAsRead {
  return { name: 'holdIsAsRead', read: { number } };
}

function runIsAsRead({ execution, status }: RunIsAsRead['read']): RunIsAsRead {
  return { name: 'runIsAsRead', read: { execution, status } };
}
