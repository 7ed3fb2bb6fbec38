import { CreateTableCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runForJson } from '../cli/command.ts';
import { removeWorkingCopies, workingCopy } from '../cli/working-copy.ts';
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
  await removeWorkingCopies();
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

  it.each<[string, string, (item: RawItem) => boolean]>([
    [
      'a list of partitions that prepare gathered',
      '{ partitions: ({ preparation }) => preparation.orphans }',
      ({ pk }) => Number(pk?.S?.split('#')[1]) % 2 === 1,
    ],
    ['an index', "{ index: 'OpenOrders' }", ({ open }) => open !== undefined],
  ])('goes on in %s after workers were killed, and a redrive, and takes all back', async (_, only, belongs) => {
    const orphans = Array.from({ length: 10 }, (__, index) => `TENANT#${2 * index + 1}`);
    const prepare = `export const prepare = () => ({ orphans: ${JSON.stringify(orphans)} });`;
    const deadly = version(only, prepare).replace('=> (', '=> item.sk === killed() ? process.exit(1) : (');
    const some = [...orders].filter(belongs);
    const deadlyKey = some[Math.floor(some.length / 2)]?.['sk']?.S;
    await service.publish(table, {
      'v1.ts': `${deadly}\nfunction killed() { return '${deadlyKey}'; }`,
    });

    const failed = await service.run({ table, totalSegments: 2 });
    expect(failed.status).toBe('FAILED');
    await service.publish(table, { 'v1.ts': version(only, prepare) });
    await service.sfn.send(new RedriveExecutionCommand({ executionArn: failed.executionArn }));
    const redriven = await service.ended(failed.executionArn ?? '');

    expect(redriven.status).toBe('SUCCEEDED');
    expect(await whole()).toEqual(seen(belongs));
    expect((await service.run({ table, direction: 'down' })).status).toBe('SUCCEEDED');
    expect(await whole()).toEqual(seen(() => false));
  });

  it('is tried by a dry run, and by a plan of the whole table, on these items only', async () => {
    const file = version("{ partitions: ['TENANT#3'] }");
    await service.publish(table, { 'v1.ts': file });
    const folder = await workingCopy({ [`${table}/v1.ts`]: file });
    const some = orders.filter(({ pk }) => pk?.S === 'TENANT#3').length;

    const planned = await runForJson(service, 'plan', table, '--transformations', folder, '--full');
    const dry = await runForJson(service, 'up', table, '--dry-run');

    expect(planned).toMatchObject({
      exitCode: 0,
      document: { ok: true, full: { status: 'succeeded', counters: { scanned: some, changed: some, failed: 0 } } },
    });
    expect(planned.document.notes.map(({ name }: { name: string }) => name)).toContain('ReadsOnly');
    expect(dry).toMatchObject({ exitCode: 0, document: { status: 'succeeded', counters: { scanned: some, changed: some } } });
    expect(await whole()).toEqual(seen(() => false));
  });

  it('is taken back in the whole table if it takes its items out of the index', async () => {
    const closing = `
export const sequence = 1;
export const adds = ['closed'];
export const removes = ['open'];
export const only = { index: 'OpenOrders' };
export const transformUp = ({ open, ...item }) => (open === undefined ? undefined : { ...item, closed: open });
export const transformDown = ({ closed, ...item }) => (closed === undefined ? undefined : { ...item, open: closed });
`;
    await service.publish(table, { 'v1.ts': closing });

    expect((await service.run({ table })).errorMessage).toBe('');
    const open = orders.filter((item) => item['open']);
    expect([...(await whole()).values()].filter((item) => item['closed'])).toHaveLength(open.length);
    requests = [];
    expect((await service.run({ table, direction: 'down' })).status).toBe('SUCCEEDED');

    expect(await whole()).toEqual(seen(() => false));
    expect(requests.some(({ operation, IndexName }) => operation === 'Scan' && IndexName === undefined)).toBe(true);
  });

  it('keeps what the application writes to its items meanwhile', async () => {
    let written = 0;
    const before = proxy.before;
    proxy.before = async (proxied) => {
      // Just before our write, the application takes one item out of the scope, and changes another.
      if (proxied.operation === 'BatchExecuteStatement' && proxied.text.includes(table) && written++ === 0) {
        await service.dynamodb.send(update('TENANT#0', 'ORDER#0000', 'REMOVE #open', { '#open': 'open' }));
        await service.dynamodb.send(
          update('TENANT#17', 'ORDER#0057', 'SET #open = :changed', { '#open': 'open' }, { ':changed': { S: 'live' } }),
        );
      }
      return before(proxied);
    };
    await service.publish(table, { 'v1.ts': version("{ index: 'OpenOrders' }") });
    try {
      expect((await service.run({ table })).errorMessage).toBe('');
    } finally {
      proxy.before = before;
    }

    const items = await whole();
    const at = (pk: string, sk: string) => items.get([{ S: pk }, { S: sk }].map((value) => JSON.stringify(value)).join());
    expect(written).toBeGreaterThan(0);
    expect(at('TENANT#0', 'ORDER#0000')).toEqual({ pk: { S: 'TENANT#0' }, sk: { S: 'ORDER#0000' }, due: { N: '0' } });
    expect(at('TENANT#17', 'ORDER#0057')).toMatchObject({ open: { S: 'live' }, seen: { BOOL: true } });
  });

  it.each([
    ["{ index: 'Missing' }", 'InvalidTransformation', 'index "Missing", which'],
    ['{ partitions: [7] }', 'InvalidTransformation', 'partitions that are a number'],
    [
      "{ index: 'OpenOrders', partitions: ['even'], sortKey: { beginsWith: 'x' } }",
      'InvalidTransformation',
      'another type than the sort key "due"',
    ],
    ['{ partitions: () => [Math.random()].map(String) }', 'InvalidScope', 'others each time'],
    ["{ partitions: () => { throw new RangeError('secret'); } }", 'InvalidScope', 'threw RangeError'],
    ['{ partitions: () => new Set() }', 'InvalidScope', 'no array'],
    ['{ partitions: () => Array.from({ length: 10_000_000 }, String) }', 'InvalidScope', 'takes up to 250000'],
  ])('is refused at the start, with nothing written, for %s', async (only, name, text) => {
    await service.publish(table, { 'v1.ts': version(only) });

    const refused = await service.run({ table });

    expect(refused.error).toBe(name);
    expect(refused.errorMessage).toContain(text);
    expect(await whole()).toEqual(seen(() => false));
    expect(await service.ledger.versions(table)).toEqual([]);
  });

  it('is applied with no item if its list is empty, and says nothing about later versions', async () => {
    await service.publish(table, {
      'v1.ts': version('{ partitions: [] }'),
      'v2.ts': version("{ partitions: ['TENANT#3'] }").replace('sequence = 1', 'sequence = 2'),
    });

    expect((await service.run({ table })).errorMessage).toBe('');

    const versions = await service.ledger.versions(table);
    expect(versions.map(({ status, counters }) => [status, counters?.scanned])).toEqual([
      ['applied', 0],
      ['applied', 20],
    ]);
    expect(await whole()).toEqual(seen(({ pk }) => pk?.S === 'TENANT#3'));
  });

  it.each([400, 4000])('costs the same for eight items in an index, however large the table is (%s items)', async (count) => {
    const more = Array.from({ length: count - 400 }, (_, index): RawItem => ({ pk: { S: `MORE#${index}` }, sk: { S: 'x' } }));
    await putAll(service.dynamodb, table, more);
    await service.publish(table, { 'v1.ts': version("{ index: 'OpenOrders' }") });
    requests = [];

    expect((await service.run({ table })).errorMessage).toBe('');

    const [applied] = await service.ledger.versions(table);
    expect(applied?.counters).toMatchObject({ changed: orders.filter((item) => item['open']).length });
    // Two passes with 4 slices of half a unit, and 8 items of one unit. StartRun read its sample before.
    expect(applied?.counters?.readUnits).toBeLessThanOrEqual(24);
    expect(requests.filter(({ operation }) => ['Scan', 'Query', 'BatchGetItem'].includes(operation)).length).toBeLessThanOrEqual(26);
    expect(requests.filter(({ operation, IndexName }) => operation === 'Scan' && IndexName === undefined)).toEqual([]);
  });
});

function update(
  pk: string,
  sk: string,
  UpdateExpression: string,
  ExpressionAttributeNames: Record<string, string>,
  ExpressionAttributeValues?: RawItem,
): UpdateItemCommand {
  return new UpdateItemCommand({
    TableName: table,
    Key: { pk: { S: pk }, sk: { S: sk } },
    UpdateExpression,
    ExpressionAttributeNames,
    ...(ExpressionAttributeValues ? { ExpressionAttributeValues } : {}),
  });
}
