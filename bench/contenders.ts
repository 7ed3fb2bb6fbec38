import { once } from 'node:events';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DynamoDBClient,
  ScanCommand,
  type ScanCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, ScanCommand as DocumentScanCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { asImage, asSdkItem } from '../aws/sdk-image.ts';
import { Table } from '../aws/table/table.ts';
import { equalsOf } from '../core/change/condition.ts';
import { encodeExpression } from '../core/change/encode-expression.ts';
import { ConcurrencyLimit } from '../core/change/team-functions.ts';
import type { Image } from '../core/values/attribute-value.ts';
import { keyOf } from '../core/values/table-shape.ts';
import { tableWire } from '../functions/wiring/clients/table-client.ts';
import { systemClock } from '../functions/wiring/system-clock.ts';
import type { Contender } from './contender.ts';
import { handWritten } from './hand-written.ts';
import { lookingUp } from './lookups/looking-up.ts';
import { runSegment } from './run-segment.ts';

const batchSize = 25;
/** Max requests in flight of contenders with concurrent requests: the same as the worker. */
const inFlight = 24;

const client = new DynamoDBClient({ maxAttempts: 1, requestHandler: { httpAgent: { maxSockets: 64 } } });

const worker: Contender = async (table, shape) => {
  const checkpoint = await runSegment(systemClock, table, shape, new Table(tableWire, table, undefined), Number.POSITIVE_INFINITY);
  return checkpoint?.counters.scanned ?? 0;
};

/** As it is deployed: with the limit of write units of one worker. */
const limitedWorker: Contender = async (table, shape) => {
  const checkpoint = await runSegment(systemClock, table, shape, new Table(tableWire, table, undefined));
  return checkpoint?.counters.scanned ?? 0;
};

const journaledWorker: Contender = async (table, shape) => {
  // The Encryption SDK would count for the memory of the other contenders, too.
  const { openMeasuredJournals } = await import('./journal/journaled.ts');
  const code = { journal: openMeasuredJournals(process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '') };
  const checkpoint = await runSegment(systemClock, table, shape, new Table(tableWire, table, undefined), Number.POSITIVE_INFINITY, code);
  return checkpoint?.counters.scanned ?? 0;
};

/** Pages one after the other, the next one being read while the last one is written. */
const pages = async function* (name: string): AsyncGenerator<Image[]> {
  const read = (ExclusiveStartKey?: Record<string, AttributeValue>): Promise<ScanCommandOutput> =>
    client.send(new ScanCommand({ TableName: name, ...(ExclusiveStartKey && { ExclusiveStartKey }) }));
  for (let next: Promise<ScanCommandOutput> | undefined = read(); next; ) {
    const page: ScanCommandOutput = await next;
    next = page.LastEvaluatedKey && read(page.LastEvaluatedKey);
    yield (page.Items ?? []).map(asImage);
  }
};

const bareScan: Contender = async ({ name }) => {
  let items = 0;
  for await (const page of pages(name)) items += page.length;
  return items;
};

/** The same compare-and-set as the worker's, one item a request. */
const updateItem: Contender = async (table, shape) => {
  const limit = new ConcurrencyLimit(2.5 * inFlight);
  let items = 0;
  for await (const page of pages(table.name)) {
    items += page.length;
    await Promise.all(
      page.map((image) =>
        limit.run(async () => {
          const condition = {
            equals: equalsOf(image, (name) => !table.keys.some((key) => key.name === name)),
            missing: shape.adds,
          };
          const { ExpressionAttributeValues = {}, ...expressions } = encodeExpression(
            table.keys[0]?.name ?? '',
            { kind: 'update', set: shape.added(image), remove: [] },
            condition,
          );
          await client.send(
            new UpdateItemCommand({
              TableName: table.name,
              Key: asSdkItem(keyOf(table, image)),
              ...expressions,
              ExpressionAttributeValues: asSdkItem(ExpressionAttributeValues),
            }),
          );
        }),
      ),
    );
  }
  return items;
};

/** Writes complete items back without a condition: writes of an application in the meantime are lost. */
const batchWriteItem: Contender = async (table, shape) => {
  const limit = new ConcurrencyLimit(inFlight);
  let items = 0;
  let writing: Promise<unknown> = Promise.resolve();
  for await (const page of pages(table.name)) {
    items += page.length;
    const puts = page.map((image) => ({ PutRequest: { Item: asSdkItem({ ...image, ...shape.added(image) }) } }));
    const starts = Array.from({ length: Math.ceil(puts.length / batchSize) }, (_, index) => index * batchSize);
    await writing;
    writing = Promise.all(
      starts.map((start) =>
        limit.run(() => client.send(new BatchWriteItemCommand({ RequestItems: { [table.name]: puts.slice(start, start + batchSize) } }))),
      ),
    );
  }
  await writing;
  return items;
};

/**
 * The algorithm of dynamo-data-transform: read 25 items and put them back through the document client, then the next 25. If the process has a
 * parent that listens, it is told of the first pages between reading and putting them back, and answers when it has written to them.
 */
const predecessor: Contender = async (table, shape) => {
  let pagesToTell = process.send ? pagesInTheWindow : 0;
  const documents = DynamoDBDocumentClient.from(client);
  let items = 0;
  let position: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new DocumentScanCommand({ TableName: table.name, Limit: batchSize, ...(position && { ExclusiveStartKey: position }) }),
    );
    const Items = page.Items ?? [];
    items += Items.length;
    const puts = Items.map((item) => ({ PutRequest: { Item: shape.transformUp(item) } }));
    if (pagesToTell-- > 0) await tellParent(Items.map((item) => Object.fromEntries(table.keys.map(({ name }) => [name, item[name]]))));
    if (puts.length > 0) await documents.send(new BatchWriteCommand({ RequestItems: { [table.name]: puts } }));
    position = page.LastEvaluatedKey;
  } while (position);
  return items;
};

/** Pages of the predecessor that another writer hits for certain: one would do, if the application never deleted the item that was hit. */
const pagesInTheWindow = 10;

async function tellParent(keys: readonly object[]): Promise<void> {
  const answer = once(process, 'message');
  process.send?.({ read: keys });
  await answer;
}

export const contenders: Record<string, Contender> = {
  worker,
  limitedWorker,
  journaledWorker,
  handWritten,
  updateItem,
  batchWriteItem,
  predecessor,
  bareScan,
  ...lookingUp,
};
