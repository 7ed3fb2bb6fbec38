import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { findStateMachine } from '../step-functions.ts';

/** A task that failed and is started again after a pause. */
export interface Waiting {
  /** `AwsUnavailable`, `Lambda.TooManyRequestsException` */
  error: string;
  message: string;
  /** ISO 8601 */
  since: string;
}

/** What an execution waits for before it tries its state again; undefined if it does not wait. */
export async function waitingOf(client: SFNClient, executionArn: string): Promise<Waiting | undefined> {
  const { events: [last] = [] } = await client.send(
    new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1, includeExecutionData: false }),
  );
  const failed = last?.lambdaFunctionFailedEventDetails ?? last?.taskFailedEventDetails ?? last?.lambdaFunctionTimedOutEventDetails;
  if (!last || !failed) return undefined;
  return { error: failed.error ?? 'unknown', message: messageIn(failed.cause), since: (last.timestamp ?? new Date()).toISOString() };
}

/** The executions of a state machine that run for a table, newest first. */
export async function runningFor(
  client: SFNClient,
  stateMachine: string,
  table: string,
): Promise<{ execution: string; startedAt: Date | undefined }[]> {
  const stateMachineArn = await findStateMachine(client, stateMachine);
  if (!stateMachineArn) return [];
  const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 100 }));
  const described = await Promise.all(executions.map(({ executionArn }) => client.send(new DescribeExecutionCommand({ executionArn }))));
  return described.flatMap(({ executionArn: execution, input, startDate: startedAt }) =>
    execution && tableIn(input) === table ? [{ execution, startedAt }] : [],
  );
}

/** Ends an execution at once. */
export async function stopExecution(client: SFNClient, executionArn: string, by: string): Promise<void> {
  await client.send(new StopExecutionCommand({ executionArn, error: 'Stopped', cause: `Stopped by ${by} before it took the table.` }));
}

function tableIn(input: string | undefined): unknown {
  try {
    return JSON.parse(input ?? '').table;
  } catch {
    return undefined;
  }
}

/** A function's error is JSON, and others are text. */
function messageIn(cause: string | undefined): string {
  try {
    const { errorMessage }: { errorMessage?: unknown } = JSON.parse(cause ?? '');
    return typeof errorMessage === 'string' ? errorMessage : '';
  } catch {
    return cause ?? '';
  }
}
