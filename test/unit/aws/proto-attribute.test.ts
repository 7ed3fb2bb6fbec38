import { Readable } from 'node:stream';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { withoutQuotes } from '../../../aws/unreadable-answer.ts';

function clientOf(body: () => Readable): DynamoDBClient {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  const requestHandler = { handle: async () => ({ response: { statusCode: 200, headers, body: body() } }) };
  return new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    maxAttempts: 1,
    requestHandler,
  });
}

const scan = new ScanCommand({ TableName: 'Users' });
const items = `[{"__proto__":{"M":{"__proto__":{"N":"5"},"b":{"B":"AQI="}}},"text":{"S":"{\\"__proto__\\":1}"},"a\\"__proto__":{"L":[{"M":{"__proto__":{"S":"x"}}}]}}]`;

it('an attribute named __proto__ is in the answers of an SDK client, at any depth, and texts with its name are as they were', async () => {
  const { Items } = await withoutQuotes(clientOf(() => Readable.from([Buffer.from(`{"Items":${items}}`)]))).send(scan);

  const expected = JSON.parse(items, (name, value) => (name === 'B' ? new Uint8Array([1, 2]) : value));
  expect(names(Items)).toEqual(names(expected));
});

it('an answer whose connection breaks is one that cannot be read', async () => {
  const broken = new Readable({ read: (): void => {} });
  setImmediate(() => broken.destroy(new Error('aborted')));

  await expect(withoutQuotes(clientOf(() => broken)).send(scan)).rejects.toMatchObject({ name: 'UnreadableAnswer' });
});

/** As lists of entries, since a matcher could take `__proto__` for the prototype. */
function names(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.entries(value)
    .map(([name, member]) => [name, names(member)])
    .sort();
}
