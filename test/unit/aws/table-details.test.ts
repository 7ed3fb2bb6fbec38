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
