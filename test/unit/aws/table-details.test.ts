import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { afterEach, expect, it } from 'vitest';
import { readTableDetails } from '../../../aws/table/table-details.ts';
import { budgetFor } from '../../../core/ledger/budget.ts';

let close: () => void = () => {};
afterEach(() => close());

/** What DynamoDB answers, as DynamoDB Local knows no warm throughput. */
async function describing(Table: TableDescription) {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ Table }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  close = () => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  };
  return readTableDetails(client, 'Users');
}

const table: TableDescription = {
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'email', AttributeType: 'S' },
  ],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  TableSizeBytes: 5_000_000,
  ItemCount: 1000,
  WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 4000 },
  ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0 },
  OnDemandThroughput: { MaxReadRequestUnits: -1, MaxWriteRequestUnits: 800 },
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byEmail',
      KeySchema: [{ AttributeName: 'email', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['first'] },
      WarmThroughput: { ReadUnitsPerSecond: 12_000, WriteUnitsPerSecond: 400 },
    },
  ],
};

it('tells what a table and its indexes take, and which attributes reach an index', async () => {
  const details = await describing(table);
  const adds = (name: string) => [{ adds: [name], overwrites: [], removes: [], inserts: false, deletes: false }];

  expect(details).toMatchObject({ items: 1000, bytes: 5_000_000 });
  const throughputs = details?.throughputs ?? [];
  expect(budgetFor({}, throughputs, adds('last'))).toMatchObject({
    readUnits: 3000,
    writeUnits: 200,
    writeUnitsSource: { kind: 'throughput', of: 'maximum', units: 800 },
  });
  for (const name of ['first', 'email'])
    expect(budgetFor({}, throughputs, adds(name))).toMatchObject({ writeUnits: 100, writeUnitsSource: { of: 'warm', index: 'byEmail' } });
});

function key(AttributeName: string, KeyType: 'HASH' | 'RANGE') {
  return { AttributeName, KeyType };
}

it('knows the parts of index keys that have several attributes, partition key first', async () => {
  const schema = [key('s1', 'RANGE'), key('p1', 'HASH'), key('s2', 'RANGE'), key('p2', 'HASH'), key('p3', 'HASH'), key('s3', 'RANGE')];
  const details = await describing({
    ...table,
    GlobalSecondaryIndexes: [
      { IndexName: 'byParts', KeySchema: schema, Projection: { ProjectionType: 'KEYS_ONLY' } },
      { IndexName: 'byTwo', KeySchema: [key('p1', 'HASH'), key('p2', 'HASH')], Projection: { ProjectionType: 'ALL' } },
      { IndexName: 'byPair', KeySchema: [key('s1', 'RANGE'), key('p1', 'HASH')], Projection: { ProjectionType: 'ALL' } },
    ],
  });

  expect(details?.shape.indexes).toEqual([
    { name: 'byParts', kind: 'global', keys: ['p1', 'p2', 'p3', 's1', 's2', 's3'], partitionKeys: 3, projected: [] },
    { name: 'byTwo', kind: 'global', keys: ['p1', 'p2'], partitionKeys: 2, projected: 'all' },
    { name: 'byPair', kind: 'global', keys: ['p1', 's1'], projected: 'all' },
  ]);
});

it('lists indexes of other kinds, whose writes are not counted', async () => {
  const details = await describing({
    ...table,
    VectorIndexes: [{ IndexName: 'byMeaning', VectorAttribute: { AttributeName: 'embedding' } }],
  });

  expect(details?.otherIndexes).toEqual([{ name: 'byMeaning', kind: 'VectorIndexes' }]);
  expect(details?.shape.indexes.map(({ name }) => name)).toEqual(['byEmail']);
});
