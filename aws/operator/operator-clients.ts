import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { withoutQuotes } from '../unreadable-answer.ts';

/** Clients for an operator who waits at a terminal: they time out within seconds. Region and credentials are the SDK's defaults. */
export function operatorClients(region: string | undefined): { dynamodb: DynamoDBClient; sfn: SFNClient } {
  const settings = {
    maxAttempts: 3,
    // Without the last setting, the time over which a request may take is only warned about.
    requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
    ...(region ? { region } : {}),
  };
  return { dynamodb: withoutQuotes(new DynamoDBClient(settings)), sfn: withoutQuotes(new SFNClient(settings)) };
}
