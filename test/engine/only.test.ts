import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** Orders of tenants, few of which are open: only those are in the index. */
const orders: RawItem[] = Array.from({ length: 400 }, (_, index) => ({
  pk: { S: `TENANT#${index % 20}` },
  sk: { S: `${index % 3 === 0 ? 'ORDER' : 'NOTE'}#${String(index).padStart(4, '0')}` },
  ...(index % 57 === 0 ? { open: { S: index % 2 === 0 ? 'even' : 'odd' }, due: { N: String(index) } } : {}),
}));

let proxy: DynamoDbProxy;
let service: Service;
let table: string;
let requests: { operation: string; IndexName?: unknown }[] = [];

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  proxy.before = ({ operation, body }) => {
    if (body['TableName'] === table || JSON.stringify(body['RequestItems'] ?? '').includes(`"${table}"`))
      requests.push({ operation, ...body });
  };
  service = await startService({}, { dynamodb: proxy.url });
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

beforeEach(async () => {
  table = uniqueName('Orders');
  await createOrders(service.dynamodb, table);
  await putAll(service.dynamodb, table, orders);
  requests = [];
});

async function createOrders(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'open', AttributeType: 'S' },
        { AttributeName: 'due', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'OpenOrders',
          KeySchema: [
            { AttributeName: 'open', KeyType: 'HASH' },
            { AttributeName: 'due', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
}

function version(only: string, rest = ''): string {
  return `
export const sequence = 1;
export const adds = ['seen'];
export const only = ${only};
export const transformUp = (item) => ({ ...item, seen: true });
${rest}`;
}

function seen(belongs: (item: RawItem) => boolean): Map<string, RawItem> {
  return new Map(
    orders.map((item) => [
      [item['pk'], item['sk']].map((value) => JSON.stringify(value)).join(),
      belongs(item) ? { ...item, seen: { BOOL: true } } : item,
    ]),
  );
}

function whole(): Promise<Map<string, RawItem>> {
  return readAll(service.dynamodb, table, ['pk', 'sk']);
}

describe('a version that is about some items only', () => {
  it.each<[string, string, (item: RawItem) => boolean]>([
    [
      'partitions of the table',
      "{ partitions: ['TENANT#3', 'TENANT#4', 'TENANT#3', 'TENANT#99'] }",
      ({ pk }) => ['TENANT#3', 'TENANT#4'].includes(pk?.S ?? ''),
    ],
    [
      'sort keys in partitions of the table',
      "{ partitions: () => ['TENANT#3'], sortKey: { beginsWith: 'ORDER#' } }",
      ({ pk, sk }) => pk?.S === 'TENANT#3' && sk?.S?.startsWith('ORDER#') === true,
    ],
    ['a sparse index', "{ index: 'OpenOrders' }", ({ open }) => open !== undefined],
    [
      'sort keys in partitions of an index',
      "{ index: 'OpenOrders', partitions: ['even'], sortKey: { between: [57, 300] } }",
      ({ open, due }) => open?.S === 'even' && Number(due?.N) >= 57 && Number(due?.N) <= 300,
    ],
  ])('changes items of %s and no others, up and down', async (_, only, belongs) => {
    await service.publish(table, { 'v1.ts': version(only) });

    const up = await service.run({ table });

    expect(up.errorMessage).toBe('');
    expect(await whole()).toEqual(seen(belongs));
    expect((await service.ledger.versions(table))[0]).toMatchObject({ status: 'applied' });
    expect(requests.filter(({ operation, IndexName }) => operation === 'Scan' && IndexName === undefined)).toEqual([]);

    expect((await service.run({ table, direction: 'down' })).status).toBe('SUCCEEDED');
    expect(await whole()).toEqual(seen(() => false));
  });
});
