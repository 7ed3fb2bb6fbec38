import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { plainHandler } from '../../../aws/http/plain-handler.ts';
import { namingService } from '../../../aws/naming-service.ts';
import { SignedWire } from '../../../aws/table/signed-wire.ts';
import { withoutQuotes } from '../../../aws/unreadable-answer.ts';
import { maxRequestsInFlight } from '../../../core/segment/pacing/requests-in-flight.ts';
import { PromptHttpAgent, PromptHttpsAgent } from './prompt-agents.ts';
import { requestTimeouts } from './request-timeouts.ts';

/** For all writes in flight, and for reads beside them. */
const maxSockets = maxRequestsInFlight + 32;

/** The client for the team's table: only the write path retries, and no request lasts longer than the wait for zombies. */
export const tableClient = namingService(
  withoutQuotes(
    new DynamoDBClient({
      maxAttempts: 1,
      requestHandler: plainHandler({
        httpsAgent: new PromptHttpsAgent({ maxSockets }),
        httpAgent: new PromptHttpAgent({ maxSockets }),
        requestTimeout: requestTimeouts.requestTimeout,
      }),
    }),
  ),
  'DynamoDB',
);

/** Sends requests with the same settings but without the SDK middleware, which costs processor time for each item. */
export const tableWire = new SignedWire(tableClient);
