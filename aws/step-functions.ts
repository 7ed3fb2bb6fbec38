import { randomBytes } from 'node:crypto';
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  type ExecutionStatus,
  InvalidArn,
  InvalidToken,
  paginateListStateMachines,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';

/** The ARN of a state machine by its name; undefined if there is none in this account and region. */
export async function findStateMachine(client: SFNClient, name: string): Promise<string | undefined> {
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, { maxResults: 1000 })) {
    const found = stateMachines.find((machine) => machine.name === name);
    if (found) return found.stateMachineArn;
  }
  return undefined;
}

/** The names of all state machines that the caller may see. */
export async function stateMachineNames(client: SFNClient): Promise<string[]> {
  const names: string[] = [];
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, { maxResults: 1000 }))
    names.push(...stateMachines.flatMap(({ name }) => name ?? []));
  return names;
}

/**
 * Starts an execution of a state machine.
 *
 * @param label the beginning of the execution's name, for readers of a list of executions
 * @returns its ARN
 */
export async function startExecution(client: SFNClient, stateMachineArn: string, label: string, input: object): Promise<string> {
  // A name makes the start idempotent: the SDK may repeat a request whose answer was lost.
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const name = `${label.replace(/[^\w.-]/g, '-').slice(0, 50)}-${time}-${randomBytes(3).toString('hex')}`;
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
  if (!executionArn) throw new TypeError('StartExecution gave no ARN');
  return executionArn;
}

/** An execution as Step Functions sees it now. */
export interface ExecutionState {
  status: 'running' | 'succeeded' | 'failed' | 'aborted' | 'timedOut';
  startedAt: Date | undefined;
  endedAt: Date | undefined;
  /** Name and text of the error that ended it; undefined if it succeeded. */
  error: string | undefined;
  cause: string | undefined;
  /** JSON; undefined unless it succeeded. */
  output: string | undefined;
  redriven: boolean;
  redriveCount: number;
}

const statuses: Record<ExecutionStatus, ExecutionState['status']> = {
  RUNNING: 'running',
  PENDING_REDRIVE: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  ABORTED: 'aborted',
  TIMED_OUT: 'timedOut',
};

/** @returns undefined if Step Functions does not know the execution (any longer, or yet) */
export async function describeExecution(client: SFNClient, executionArn: string): Promise<ExecutionState | undefined> {
  try {
    const { status, startDate, stopDate, error, cause, output, redriveCount } = await client.send(
      new DescribeExecutionCommand({ executionArn }),
    );
    return {
      status: status ? statuses[status] : 'running',
      startedAt: startDate,
      endedAt: stopDate,
      error,
      cause,
      output,
      redriven: (redriveCount ?? 0) > 0,
      redriveCount: redriveCount ?? 0,
    };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist || error instanceof InvalidArn) return undefined;
    throw error;
  }
}

/** Lets a waiting task go on. Does nothing if it no longer waits. */
export async function sendTaskSuccess(client: SFNClient, taskToken: string): Promise<void> {
  try {
    await client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
  } catch (error) {
    const isOver = error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
    if (!isOver) throw error;
  }
}
