import { SFNClient } from '@aws-sdk/client-sfn';
import { namingService } from '../../aws/naming-service.ts';
import { describeExecution } from '../../aws/step-functions.ts';
import { withoutQuotes } from '../../aws/unreadable-answer.ts';

export const sfnClient = namingService(withoutQuotes(new SFNClient({})), 'Step Functions');

/** True while an execution runs or waits for its redrive. An execution that Step Functions no longer knows has ended. */
export async function isAlive(execution: string): Promise<boolean> {
  return (await describeExecution(sfnClient, execution))?.status === 'running';
}
