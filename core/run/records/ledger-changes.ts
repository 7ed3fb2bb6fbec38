import { type RunError, recordedError } from '../../errors.ts';
import { type Checkpoint, countPass } from '../../ledger/checkpoint.ts';
import type { Control } from '../../ledger/control.ts';
import { addCounters, type Counters } from '../../ledger/counters.ts';
import type { Lock } from '../../ledger/lock.ts';
import { type Run, takesTable } from '../../ledger/run.ts';
import { endedPart, isRedriven, nextPart, type PartEnding } from '../../ledger/run-part.ts';
import { runStatusAfter } from '../../ledger/run-status.ts';
import type { Taken } from '../taking/run-request.ts';
import type { Verdict } from '../verdict.ts';
import {
  type HoldIsAsRead,
  type LedgerChange,
  type LockIsAsRead,
  type MarksChange,
  type RunEnding,
  type RunIsAsRead,
  recordIsNew,
  type StartRead,
  type VerdictRead,
} from './ledger-change.ts';
import { beginVersions, learnedTables, leftHalfway, versionChangesOf } from './version-changes.ts';

/**
 * What the ledger says after a start took the table. A dry run and a run that only prepares write nothing but their own records.
 *
 * 1. The lock names the run, its execution and its fence, and whether it waits for a follower of the table's stream.
 * 2. The version of its first sequence is begun, with those that are swept together with it, before anything is written to the table.
 * 3. The run goes on with its records, or begins with new ones.
 * 4. A run that is replaced is closed. What it was, or what the continued run was until now, is kept as a part of it.
 * 5. Versions that it leaves half-way keep what was done for them.
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

  const followed = control.lease.followLeaseMs === undefined ? {} : { followed: true as const };
  const lock: Lock = { table, run: run.id, execution: run.execution, fence: control.fence, ...followed };
  const changes: LedgerChange[] = [
    { kind: 'putLock', lock, condition: read.lock ? lockIsAsRead(read.lock) : recordIsNew },
    ...beginVersions({ run, control, left: superseded?.control }, read.versions, now),
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
 * 3. A sequence that is settled ends its version, and so do those that were swept together with it, and those that its pass settled, too. One that was rolled back may insert its seeds
 *    again.
 * 4. A sequence, other code or another preparation begins its version, with those that are swept together with it, before the next write to the table.
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
    updateControl(control, read.control, isRedrive ? 'clearedByRedrive' : verdict.hasFailedBehind ? 'failuresCleared' : 'left'),
    updateRun(run, {
      ...run,
      ...partAfter(read, control.decision.redriveCount, now),
      steps: stepsAfter(run, verdict),
      ...(verdict.oneByOne ? { oneByOne: verdict.oneByOne } : {}),
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

/** A redrive may have adopted new code, and with it other groups. */
function stepsAfter({ steps }: Run, { control, renewed = [], oneByOne }: Verdict): Run['steps'] {
  const together = control.together ?? [];
  return steps.map(({ joins, ...step }, index) => {
    const present = index === control.step ? control : renewed.find(({ sequence }) => sequence === step.sequence);
    const isRenewed = renewed.some(({ sequence }) => sequence === step.sequence);
    const isJoining = isRenewed ? together.some(({ sequence }) => sequence === step.sequence) : joins && !oneByOne;
    return { ...step, ...(present ? codeIn(present) : {}), ...(isJoining ? { joins: true as const } : {}) };
  });
}

function codeIn({
  checksum,
  bundleChecksum,
  packages,
  rewrites,
  given,
}: Pick<Control, 'checksum' | 'bundleChecksum' | 'packages' | 'rewrites' | 'given'>) {
  return { checksum, bundleChecksum, packages, ...(rewrites ? { rewrites } : {}), ...(given ? { given } : {}) };
}

function lockChangesOf({ kind, control }: Verdict, { run, control: read }: VerdictRead, now: string): LedgerChange[] {
  const { table, id, execution } = run;
  const condition = lockIsAsRead({ run: id, execution, fence: read.fence });
  if (kind === 'succeed') return [{ kind: 'closeLock', table, endedAt: now, lateUntil: control.lease.lateUntil, condition }];
  return control.fence === read.fence ? [] : [{ kind: 'moveFence', table, fence: control.fence, condition }];
}

function updateRun(read: Run, after: Run): LedgerChange {
  const { steps, oneByOne, to, startedBy, reason, status, execution, part, partStartedAt, redriveCount, endedAt, counters, error } = after;
  const fields = {
    steps,
    ...(oneByOne ? { oneByOne } : {}),
    to,
    startedBy,
    reason,
    status,
    execution,
    part,
    partStartedAt,
    redriveCount,
    endedAt,
    counters,
    error,
  };
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

function lockIsAsRead({ run, execution, fence }: LockIsAsRead['read']): LockIsAsRead {
  return { name: 'lockIsAsRead', read: { run, execution, fence } };
}

function holdIsAsRead({ number }: HoldIsAsRead['read']): HoldIsAsRead {
  return { name: 'holdIsAsRead', read: { number } };
}

function runIsAsRead({ execution, status }: RunIsAsRead['read']): RunIsAsRead {
  return { name: 'runIsAsRead', read: { execution, status } };
}
