import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SignedWire } from '../../../aws/table/signed-wire.ts';
import { Table } from '../../../aws/table/table.ts';
import type { Image } from '../../../core/values/attribute-value.ts';
import { type KeyType, keyOf, type TableShape } from '../../../core/values/table-shape.ts';

const region = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

function dynamodbUrl(): string {
  const url = process.env['DYNAMODB_URL'];
  if (!url) throw new Error('DYNAMODB_URL is not set: run the tests through vitest.config.ts.');
  return url;
}

/** A client as the worker has it: every retry is the write path's own. */
export function clientOf(endpoint = dynamodbUrl()): DynamoDBClient {
  return new DynamoDBClient({ ...region, endpoint, maxAttempts: 1 });
}

/** An item in DynamoDB's own JSON, as it went over the wire. */
export type WireItem = Record<string, unknown>;

/** A table of its own for a test. What it reads and writes itself bypasses the SDK, so that nothing is converted on the way. */
export interface ScratchTable {
  shape: TableShape;
  put(image: Image): Promise<void>;
  /** By the key in the image, as `get` does. */
  remove(image: Image): Promise<void>;
  get(image: Image): Promise<WireItem | undefined>;
  all(): Promise<WireItem[]>;
  /** The table as the worker reaches it. */
  open(client: DynamoDBClient, attributes?: readonly string[]): Table;
}

export interface ScratchOptions {
  keys?: readonly { name: string; type: KeyType }[];
  /** Attributes with an index each. */
  indexKeys?: Readonly<Record<string, KeyType>>;
}

const created: string[] = [];

export async function createScratchTable({
  keys = [{ name: 'id', type: 'S' }],
  indexKeys = {},
}: ScratchOptions = {}): Promise<ScratchTable> {
  const client = clientOf();
  const TableName = `write-path.${crypto.randomUUID()}`;
  const types = { ...indexKeys, ...Object.fromEntries(keys.map(({ name, type }) => [name, type] as const)) };
  const schema = (names: readonly string[]) =>
    names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? ('HASH' as const) : ('RANGE' as const) }));
  const indexes = Object.keys(indexKeys).map((name) => ({
    IndexName: `by-${name}`,
    KeySchema: schema([name]),
    Projection: { ProjectionType: 'ALL' as const },
  }));
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: schema(keys.map(({ name }) => name)),
      AttributeDefinitions: Object.entries(types).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
      ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}),
    }),
  );
  created.push(TableName);
  client.destroy();
  const shape: TableShape = {
    name: TableName,
    keys,
    indexKeys,
    indexes: indexes.map(({ IndexName }, n) => ({
      name: IndexName,
      kind: 'global',
      keys: Object.keys(indexKeys).slice(n, n + 1),
      projected: 'all',
    })),
  };
  return {
    shape,
    put: async (image) => {
      await call('PutItem', { TableName, Item: onWire(image) });
    },
    remove: async (key) => {
      await call('DeleteItem', { TableName, Key: onWire(keyOf(shape, key)) });
    },
    get: async (key) =>
      (await call<{ Item?: WireItem }>('GetItem', { TableName, Key: onWire(keyOf(shape, key)), ConsistentRead: true })).Item,
    all: async () => {
      const items: WireItem[] = [];
      for (let position: WireItem | undefined; ; ) {
        const page = await call<{ Items: WireItem[]; LastEvaluatedKey?: WireItem }>('Scan', {
          TableName,
          ConsistentRead: true,
          ...(position ? { ExclusiveStartKey: position } : {}),
        });
        items.push(...page.Items);
        position = page.LastEvaluatedKey;
        if (!position) return items;
      }
    },
    open: (worker, attributes) => new Table(new SignedWire(worker), shape, attributes),
  };
}

/** Removes every table that was created in this file. */
export async function removeScratchTables(): Promise<void> {
  const client = clientOf();
  for (const TableName of created.splice(0)) await client.send(new DeleteTableCommand({ TableName }));
  client.destroy();
}

/** One request to DynamoDB without the SDK. */
async function call<T = unknown>(operation: string, body: object): Promise<T> {
  const response = await fetch(dynamodbUrl(), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=local/20300101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none',
    },
    body: JSON.stringify(body),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${operation}: ${answer}`);
  return JSON.parse(answer) as T;
}

/** An image with its bytes in base64, as JSON carries them. */
export function onWire(value: unknown): WireItem {
  return JSON.parse(JSON.stringify(value, bytesAsBase64)) as WireItem;
}

function bytesAsBase64(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
