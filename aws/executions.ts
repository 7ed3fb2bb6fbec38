import { DescribeExecutionCommand, ExecutionDoesNotExist, InvalidArn, type SFNClient } from '@aws-sdk/client-sfn';

/** True while an execution runs or waits for its redrive. One that Step Functions does not know any more has ended. */
export const isAlive = async (client: SFNClient, executionArn: string): Promise<boolean> => {
  try {
    const { status } = await client.send(new DescribeExecutionCommand({ executionArn }));
    return status === 'RUNNING' || status === 'PENDING_REDRIVE';
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist || error instanceof InvalidArn) return false;
    throw error;
  }
};
