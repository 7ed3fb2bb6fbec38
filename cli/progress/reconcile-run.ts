import type { Run } from '../../core/ledger/run.ts';
import { type EndedExecution, endingOf } from '../../core/run/record-failure.ts';
import type { Lock } from '../../core/run/take-table.ts';

/**
 * True if the ledger alone cannot tell how a run stands: when an execution dies, that is recorded late or never, and a redrive is
 * not recorded before its first decision.
 */
export function mustAskExecution({ id, status }: Run, lock: Lock | undefined): boolean {
  const mayBeRedriven = lock?.run === id && lock.endedAt === undefined && status !== 'succeeded' && status !== 'superseded';
  return status === 'running' || mayBeRedriven;
}

/**
 * The run as it stands, from what the ledger says and from what Step Functions says of its execution. Nothing is written.
 *
 * - the execution runs → running, also where the ledger has the failure before its redrive
 * - it ended, and the ledger still says running → as it ended
 * - otherwise → as the ledger says
 */
export function reconcileRun(run: Run, execution: EndedExecution | undefined): Run {
  if (execution?.status === 'running') return { ...run, status: 'running', endedAt: undefined, error: undefined };
  if (run.status === 'running' && execution?.status === 'succeeded')
    return { ...run, status: 'succeeded', endedAt: execution.endedAt?.toISOString() };
  return { ...run, ...endingOf(run, execution) };
}
