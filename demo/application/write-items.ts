import { setTimeout as sleep } from 'node:timers/promises';
import { BatchWriteItemCommand, type BatchWriteItemCommandOutput, type DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb';
import type { Item } from '../item.ts';

const batchSize = 25;
const batchesInFlight = 8;

/** Puts all items, several batches at a time, and what DynamoDB left unprocessed again until nothing is left. */
export async function writeItems(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  const starts = Array.from({ length: Math.ceil(items.length / batchSize) }, (_, n) => n * batchSize).values();
  const write = async () => {
    for (const start of starts) await writeBatch(client, table, items.slice(start, start + batchSize));
  };
  await Promise.all(Array.from({ length: batchesInFlight }, write));
}

async function writeBatch(client: DynamoDBClient, table: string, items: readonly Item[]): Promise<void> {
  let requests: WriteRequest[] | undefined = items.map((item) => ({ PutRequest: { Item: item } }));
  for (let attempt = 1; requests && requests.length > 0; attempt += 1) {
    if (attempt > 1) await sleep(Math.min(2000, 25 * 2 ** attempt) * Math.random());
    const answer: BatchWriteItemCommandOutput = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
    requests = answer.UnprocessedItems?.[table];
  }
}
