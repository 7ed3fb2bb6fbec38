import { paginateListStateMachines, type SFNClient } from '@aws-sdk/client-sfn';

/** The ARN of a state machine by its name; undefined where there is none in this account and region. */
export async function findStateMachine(client: SFNClient, name: string): Promise<string | undefined> {
  for await (const { stateMachines = [] } of paginateListStateMachines({ client }, { maxResults: 1000 })) {
    const found = stateMachines.find((machine) => machine.name === name);
    if (found) return found.stateMachineArn;
  }
  return undefined;
}
