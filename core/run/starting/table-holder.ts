import type { Lock } from '../../ledger/lock.ts';
import { mayChangeRun } from '../../ledger/run-status.ts';
import { endingOf } from '../record-failure.ts';
import type { LedgerReads } from '../records/ledger-port.ts';
import type { Holder } from '../taking/holder.ts';
import type { Start, StartRunPorts } from './start-ports.ts';

/** The run that an earlier invocation of this very start began. */
export async function takenBefore({ input, execution }: Start, id: string, ledger: LedgerReads) {
  const lock = await ledger.lock(input.table);
  const runId = lock?.execution === execution ? lock.run : id;
  const [run, control] = await Promise.all([ledger.run(input.table, runId), ledger.control(runId)]);
  return run && control?.table === input.table && run.execution === execution ? { run, control } : undefined;
}

/** The run that holds the table; undefined if none does. */
export async function holderOf(
  lock: Lock | undefined,
  { input: { table }, startedBy }: Start,
  { ledger, describeExecution }: StartRunPorts,
): Promise<Holder | undefined> {
  if (!lock || lock.endedAt !== undefined) return undefined;
  const [run, control] = await Promise.all([ledger.run(table, lock.run), ledger.control(lock.run)]);
  if (!run || control?.table !== table) return undefined;
  // It gave the table back since the lock was read.
  if (!mayChangeRun('supersede', run.status)) return undefined;
  const [execution, checkpoints] = await Promise.all([describeExecution(lock.execution), ledger.checkpoints(run.id, control.pass)]);
  const ending = endingOf(run, execution);
  return {
    run,
    control,
    checkpoints: [...checkpoints.values()],
    alive: execution?.status === 'running' && lock.execution !== startedBy,
    ending,
  };
}

/**
 * The lock with what its run said when it gave the table back, maybe after the lock was read. If another start took the table since, the
 * lock stays as it was read, and the start that decides on it finds that.
 */
export async function afterGivenBack(read: Lock, ledger: LedgerReads): Promise<Lock> {
  const now = await ledger.lock(read.table);
  return now && now.run === read.run && now.execution === read.execution && now.fence === read.fence ? now : read;
}
