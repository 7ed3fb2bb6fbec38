import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { namingService } from '../../../aws/naming-service.ts';
import { withoutQuotes } from '../../../aws/unreadable-answer.ts';
import { requestTimeouts } from './request-timeouts.ts';

/** For requests to the ledger, and for reads of the team's table outside the write path: they are few, so the SDK may retry them. */
export const retryingClient = namingService(
  withoutQuotes(new DynamoDBClient({ maxAttempts: 8, requestHandler: requestTimeouts })),
  'DynamoDB',
);
