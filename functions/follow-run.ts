import * as z from 'zod';
import { describeExecution } from '../aws/step-functions.ts';
import { isRunErrorName, RunError } from '../core/errors.ts';
import { followWaitSeconds } from '../core/run/follow-wait.ts';
import { nameAwsFaults } from './wiring/clients/name-aws-faults.ts';
import { sfnClient } from './wiring/executions.ts';

const Event = z.object({ table: z.string(), follow: z.string(), redriveCount: z.number() });

/**
 * Reads the status of a run that was under way when transform-all began.
 *
 * @throws RunError: if the run failed, with the name of its error
 */
export const handler = nameAwsFaults(handle);

async function handle(event: unknown) {
  const { table, follow, redriveCount } = Event.parse(event);
  const execution = await describeExecution(sfnClient, follow);
  if (execution?.status === 'running') {
    const elapsedSeconds = execution.startedAt ? (Date.now() - execution.startedAt.getTime()) / 1000 : 0;
    return { table, follow, ended: false, waitSeconds: followWaitSeconds(elapsedSeconds) };
  }
  if (execution && execution.status !== 'succeeded' && redriveCount === 0)
    throw new RunError(
      isRunErrorName(execution.error) ? execution.error : 'Stopped',
      `The run of ${table} that was under way already ended as ${execution.status}${execution.error ? ` (${execution.error})` : ''}: ${follow}. Look at \`dynamodt status ${table}\`; redrive this execution, or the execution of that run, to continue.`,
      { fields: { table, execution: follow } },
    );
  return { table, ended: true };
}
