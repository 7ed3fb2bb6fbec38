import type { Lock } from '../../core/ledger/lock.ts';
import type { Run } from '../../core/ledger/run.ts';
import { type EndedExecution, endingOf } from '../../core/run/record-failure.ts';

/**
 * True if the ledger alone cannot tell the status of a run: the end of an execution is recorded late or never if it dies, and a redrive is
 * not recorded before its first decision.
 */
export function mustAskExecution({ id, status }: Run, lock: Lock | undefined): boolean {
  const mayBeRedriven = lock?.run === id && lock.endedAt === undefined && status !== 'succeeded' && status !== 'superseded';
  return status === 'running' || mayBeRedriven;
}

/**
 * The run with its true status, from the ledger and from the execution in Step Functions. Nothing is written.
 *
 * - the execution runs → running, also if the ledger still has the failure from before a redrive
 * - it ended, and the ledger still says running → the status of the execution
 * - otherwise → the status in the ledger
 */
export function reconcileRun(run: Run, execution: EndedExecution | undefined): Run {
  if (execution?.status === 'running') return { ...run, status: 'running', endedAt: undefined, error: undefined };
  if (run.status === 'running' && execution?.status === 'succeeded')
    return { ...run, status: 'succeeded', endedAt: execution.endedAt?.toISOString() };
  return { ...run, ...endingOf(run, execution) };
}
