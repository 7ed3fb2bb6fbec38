import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { assumedRole } from '../../aws/assumed-role.ts';
import { readOnlyDocumentClient } from '../../aws/read-only-document-client.ts';
import { requestTimeoutMs } from '../../core/run.ts';
import { environment } from './environment.ts';
import { connectionTimeoutMs, PromptHttpAgent, PromptHttpsAgent } from './prompt-agents.ts';

/** Without the last setting, the SDK only warns of a request that takes too long, and waits on. */
const timeouts = { requestTimeout: requestTimeoutMs - 1000, connectionTimeout: connectionTimeoutMs, throwOnRequestTimeout: true };

/** For the ledger, which is read and written by few requests: the SDK retries. */
export const ledgerClient = new DynamoDBClient({ maxAttempts: 8, requestHandler: timeouts });

/** For lookups by transformations, which may only read: by a role of its own, since the functions' own roles may write. */
export const documentClient = readOnlyDocumentClient(
  new DynamoDBClient(environment.readerRole ? { credentials: assumedRole(environment.readerRole) } : {}),
);

/** For the team's table: every retry is the write path's own, and no request outlives the time that zombies are waited for. */
export const tableClient = new DynamoDBClient({
  maxAttempts: 1,
  requestHandler: { ...timeouts, httpsAgent: new PromptHttpsAgent({ maxSockets: 64 }), httpAgent: new PromptHttpAgent({ maxSockets: 64 }) },
});
