import { randomBytes } from 'node:crypto';
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

/**
 * Starts an execution of a state machine.
 *
 * @param label stands at the beginning of the execution's name, for people who look at a list of them
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
