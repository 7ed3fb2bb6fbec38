import { describeExecution } from '../../aws/step-functions.ts';
import { sfnClient } from './sfn-client.ts';

/** True while an execution runs or waits for its redrive. One that Step Functions does not know any more has ended. */
export async function isAlive(execution: string): Promise<boolean> {
  return (await describeExecution(sfnClient, execution))?.status === 'running';
}
