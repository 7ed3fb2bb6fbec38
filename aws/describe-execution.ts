import { DescribeExecutionCommand, ExecutionDoesNotExist, type ExecutionStatus, InvalidArn, type SFNClient } from '@aws-sdk/client-sfn';

/** An execution as Step Functions sees it now. */
export interface ExecutionState {
  status: 'running' | 'succeeded' | 'failed' | 'aborted' | 'timedOut';
  startedAt: Date | undefined;
  endedAt: Date | undefined;
  /** Name and text of what ended it, where it did not succeed. */
  error: string | undefined;
  cause: string | undefined;
  /** JSON, where it succeeded. */
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

/** @returns undefined where Step Functions does not know the execution: not any more, or not yet */
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
