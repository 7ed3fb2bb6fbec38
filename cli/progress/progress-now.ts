import type { OperatorTables } from '../../aws/operator/operator-tables.ts';
import type { ExecutionState } from '../../aws/step-functions.ts';
import type { Observation } from './observe-run.ts';
import { type Progress, progressOf, withPace } from './progress.ts';

/**
 * Adds the mean rate since the start, unless the run was resumed: then its counters contain the work of earlier executions too.
 *
 * @param running the execution of the run; undefined if it has ended
 * @param itemCount approximate number of items in the table; undefined if it is not known
 */
export function progressNow(
  observation: Observation,
  running: ExecutionState | undefined,
  itemCount: Awaited<ReturnType<OperatorTables['itemCount']>>,
): Progress {
  const progress = progressOf(observation, itemCount);
  const { startedAt, redriven } = running ?? {};
  // A run that rests has no rate, and no time at which it will be done.
  if (!startedAt || redriven || observation.control.marks.paused || Date.parse(observation.run.startedAt) < startedAt.getTime())
    return progress;
  return withPace(progress, progress.counters.scanned / Math.max(1, (Date.now() - startedAt.getTime()) / 1000));
}
