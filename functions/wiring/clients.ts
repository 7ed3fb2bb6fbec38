import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { assumedRole } from '../../aws/lookups/assumed-role.ts';
import { readOnlyDocumentClient } from '../../aws/lookups/read-only-document-client.ts';
import { environment } from './environment.ts';
import { requestTimeouts } from './request-timeouts.ts';

/** For the ledger, which is read and written by few requests: the SDK retries. */
export const ledgerClient = new DynamoDBClient({ maxAttempts: 8, requestHandler: requestTimeouts });

/** For lookups by transformations, which may only read: by a role of its own, since the functions' own roles may write. */
export const documentClient = readOnlyDocumentClient(
  new DynamoDBClient(environment.readerRole ? { credentials: assumedRole(environment.readerRole) } : {}),
);
