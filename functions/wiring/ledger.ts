import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Ledger } from '../../aws/ledger/ledger.ts';
import { namingService } from '../../aws/naming-service.ts';
import { withoutQuotes } from '../../aws/unreadable-answer.ts';
import { environment } from './environment.ts';
import { requestTimeouts } from './request-timeouts.ts';

/** Requests to the ledger are few, so the SDK may retry them. */
export const ledgerClient = namingService(
  withoutQuotes(new DynamoDBClient({ maxAttempts: 8, requestHandler: requestTimeouts })),
  'DynamoDB',
);

export const ledger = new Ledger(ledgerClient, environment.ledger);
