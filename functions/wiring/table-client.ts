import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SignedWire } from '../../aws/table/signed-wire.ts';
import { PromptHttpAgent, PromptHttpsAgent } from './prompt-agents.ts';
import { requestTimeouts } from './request-timeouts.ts';

/** For the team's table: every retry is the write path's own, and no request outlives the time that zombies are waited for. */
export const tableClient = new DynamoDBClient({
  maxAttempts: 1,
  requestHandler: {
    ...requestTimeouts,
    httpsAgent: new PromptHttpsAgent({ maxSockets: 64 }),
    httpAgent: new PromptHttpAgent({ maxSockets: 64 }),
  },
});

/** The same without what the SDK costs for each item. */
export const tableWire = new SignedWire(tableClient);
