import * as z from 'zod';
import { RunError } from '../../errors.ts';
import { isAlarm } from '../../ledger/pause.ts';
import { ControlRequest, type ControlRunPorts, controlRunIfAny } from './control-run.ts';

/** What an alarm, or a person, asks of the runs of all tables that the last deploy named. */
export const ControlAllRequest = ControlRequest.omit({ table: true }).extend({ allTables: z.literal(true) });
export type ControlAllRequest = z.infer<typeof ControlAllRequest>;

const tablesAtATime = 10;

/**
 * Does the same for the runs of several tables, up to ten at a time. A table that fails keeps no other from its pause, and tables without a run
 * are left out.
 *
 * @returns the tables whose runs were asked
 * @throws RunError InvalidInput: when the caller is no alarm, and no table has a run
 * @throws the first error: when it failed for a table. The call may be repeated
 */
export async function controlRuns(
  { allTables: _, ...request }: ControlAllRequest,
  tables: readonly string[],
  ports: ControlRunPorts,
): Promise<string[]> {
  const asked: string[] = [];
  const failures: unknown[] = [];
  for (let first = 0; first < tables.length; first += tablesAtATime) {
    const outcomes = await Promise.allSettled(
      tables.slice(first, first + tablesAtATime).map((table) => controlRunIfAny({ ...request, table }, ports)),
    );
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') failures.push(outcome.reason);
      else if (outcome.value.run !== undefined) asked.push(outcome.value.table);
  }
  if (failures.length > 0) throw failures[0];
  if (asked.length === 0 && !isAlarm(request.by))
    throw new RunError('InvalidInput', 'No table has a run under way, so there is nothing to control. Look at `dynamodt status`.');
  return asked;
}
