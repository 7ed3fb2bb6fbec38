import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DynamoDbProxy, type ProxiedRequest, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** What transformations look up in other items and tables, at the wire. */

let proxy: DynamoDbProxy;
let service: Service;
const prices = uniqueName('Prices');
let requests: ProxiedRequest[] = [];

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService(
    {},
    {
      dynamodb: proxy.url,
      environment: { DYNAMODT_CONTROL_INTERVAL_MS: '200', DYNAMODT_LOOKUP_TABLES: JSON.stringify({ ThePrices: prices }) },
    },
  );
  await createTable(service.dynamodb, prices);
  await putAll(
    service.dynamodb,
    prices,
    Array.from({ length: 100 }, (_, n) => ({ id: { S: `p${n}` }, price: { N: String(n) } })),
  );
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});
beforeEach(() => {
  requests = [];
  proxy.before = (request) => {
    requests.push(request);
    return undefined;
  };
  proxy.after = () => undefined;
});

/** Creates a table with orders of products, and deploys its versions. */
async function orders(count: number, files: Record<string, string>): Promise<string> {
  const table = uniqueName('Orders');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items(count));
  await service.publish(table, files);
  return table;
}

function items(count: number): RawItem[] {
  return Array.from({ length: count }, (_, n) => ({ id: { S: `o${n}` }, product: { S: `p${n % 100}` } }));
}

const priced = `export const sequence = 1;
export const adds = ['price'];
export const lookups = { prices: 'ThePrices' };
export const transformUp = async (order, { look }) => {
  const product = await look.prices.get({ id: order.product });
  return { ...order, price: product.price };
};
`;

function withPrices(count: number): RawItem[] {
  return items(count).map((item, n) => ({ ...item, price: { N: String(n % 100) } }));
}

async function contentOf(table: string): Promise<RawItem[]> {
  const all = await readAll(service.dynamodb, table);
  return [...all.values()].sort((a, b) => Number(a['id']?.S?.slice(1)) - Number(b['id']?.S?.slice(1)));
}

function requestsFor(operation: string, text: string): ProxiedRequest[] {
  return requests.filter((request) => request.operation === operation && request.text.includes(text));
}

describe('a join from another table', () => {
  it('goes up and down again with few requests, whose units are counted', async () => {
    const table = await orders(1200, { 'v1.ts': priced });
    const up = await service.run({ table, totalSegments: 1 });

    expect(up).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
    expect(await contentOf(table)).toEqual(withPrices(1200));
    const batches = requestsFor('BatchGetItem', prices);
    // Two passes of 1,200 items, and the sample.
    expect(batches.length).toBeLessThanOrEqual((2 * 1200) / 50 + 4);
    expect(requestsFor('GetItem', prices)).toEqual([]);
    const keys = batches.reduce((sum, { body }) => sum + Object(body)['RequestItems'][prices].Keys.length, 0);
    const { counters } = JSON.parse(up.output ?? '');
    const [version] = await service.ledger.versions(table);
    // An item costs one unit; the sample is not part of the version.
    expect(version?.counters?.readUnits ?? counters.readUnits).toBeGreaterThan(keys - 210);

    expect(await service.run({ table, direction: 'down' })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
    expect(await contentOf(table)).toEqual(items(1200));
  });

  it('is kept for the segment, if the file says so', async () => {
    const table = await orders(500, {
      'v1.ts': priced.replace("'ThePrices'", "{ table: 'ThePrices', cache: 'segment', consistent: false }"),
    });

    expect(await service.run({ table, totalSegments: 1 })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });

    expect(await contentOf(table)).toEqual(withPrices(500));
    // A request of each pass, and those of the sample.
    expect(requestsFor('BatchGetItem', prices).length).toBeLessThanOrEqual(6);
  });

  it('is complete when DynamoDB throttles look-ups and leaves keys', async () => {
    const table = await orders(300, { 'v1.ts': priced });
    let refused = 0;
    proxy.before = ({ operation, text, body }) => {
      if (operation !== 'BatchGetItem' || !text.includes(prices) || refused >= 6) return undefined;
      refused++;
      if (refused % 2 === 0)
        return { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException', message: 'busy' } };
      return { status: 200, body: { Responses: { [prices]: [] }, UnprocessedKeys: Object(body)['RequestItems'] } };
    };

    expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });

    expect(refused).toBe(6);
    expect(await contentOf(table)).toEqual(withPrices(300));
  });

  it('keeps to the read budget', async () => {
    const table = await orders(300, { 'v1.ts': priced });
    const started = performance.now();

    expect(await service.run({ table, readUnits: 150, totalSegments: 1 })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });

    // Two passes over 300 items at 1 unit each: 600 units at 150 a second.
    expect(performance.now() - started).toBeGreaterThan(3000);
  });

  it('goes on after its workers were killed', async () => {
    const table = await orders(400, { 'v1.ts': priced });
    let kills = 0;
    let answered = 0;
    proxy.after = ({ operation, text }) => {
      if (operation !== 'BatchGetItem' || !text.includes(prices) || ++answered % 3 !== 0 || kills >= 2) return undefined;
      const victim = service.aws
        .functionProcesses()
        .find(({ function: name, event }) => name.endsWith('transform-segment') && event !== undefined);
      if (!victim) return undefined;
      kills++;
      process.kill(victim.pid, 'SIGKILL');
      return 'lost';
    };

    expect(await service.run({ table, totalSegments: 2 })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });

    expect(kills).toBe(2);
    expect(await contentOf(table)).toEqual(withPrices(400));
  });

  it('is made in a process of its own, for the items at which workers ended, and after a redrive', async () => {
    const guarded = (does: string): string =>
      priced.replace(
        'export const transformUp = async (order, { look }) => {',
        `export const transformUp = async (order, { look, dryRun }) => {\n  ${does}`,
      );
    const table = await orders(300, { 'v1.ts': guarded("if (order.id === 'o137' && !dryRun) process.exit(1);") });

    const failed = await service.run({ table, totalSegments: 2, maxFailures: 10 });

    expect(failed).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
    const others = withPrices(300).filter(({ id }) => id?.S !== 'o137');
    expect((await contentOf(table)).filter(({ id }) => id?.S !== 'o137')).toEqual(others);

    await service.publish(table, { 'v1.ts': priced });
    await service.sfn.send(new RedriveExecutionCommand({ executionArn: failed.executionArn }));

    expect(await service.ended(failed.executionArn ?? '')).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
    expect(await contentOf(table)).toEqual(withPrices(300));
  });
});

describe('look.self', () => {
  it('sees what the version before made of other items', async () => {
    const table = await orders(60, {
      'v1.ts':
        "export const sequence = 1;\nexport const adds = ['first'];\nexport const transformUp = (order) => ({ ...order, first: order.product });\n",
      'v2.ts': `export const sequence = 2;
export const adds = ['firstOfNext'];
export const transformUp = async (order, { look }) => {
  const next = await look.self.get({ id: 'o' + ((Number(order.id.slice(1)) + 1) % 60) });
  return { ...order, firstOfNext: next.first };
};
`,
    });
    const expected = items(60).map((item, n) => ({ ...item, first: item['product'], firstOfNext: { S: `p${(n + 1) % 60}` } }));

    // In a dry run, nothing of v1 is written.
    expect(await service.run({ table, dryRun: true })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
    expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });

    expect(await contentOf(table)).toEqual(expected);
  });

  it('queries live data without making the function look as if it were no other', async () => {
    const table = uniqueName('Carts');
    await createTable(service.dynamodb, table, { cart: 'S', line: 'N' });
    await putAll(
      service.dynamodb,
      table,
      Array.from({ length: 60 }, (_, n) => ({ cart: { S: `c${n % 6}` }, line: { N: String(n) } })),
    );
    await service.publish(table, {
      'v1.ts': `export const sequence = 1;
export const overwrites = ['size'];
export const transformUp = async (item, { look }) => ({ ...item, size: (await look.self.query({ cart: item.cart }, { sortKey: { atMost: item.line } })).length });
`,
    });
    let line = 1000;
    proxy.after = async ({ operation, text }) => {
      // The application adds a line while each query is on its way.
      if (operation === 'Query' && text.includes(table) && line < 1040)
        await service.dynamodb.send(
          new PutItemCommand({ TableName: table, Item: { cart: { S: 'c0' }, line: { N: String(-line++) }, size: { N: '0' } } }),
        );
      return undefined;
    };

    const run = await service.run({ table });

    expect(run).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
    expect(JSON.parse(run.output ?? '').counters.failed ?? 0).toBe(0);
  });
});

it('the example joins two tables, and takes its join back', async () => {
  const [table, rows] = [uniqueName('Inspections'), uniqueName('InspectionItems')];
  await createTable(service.dynamodb, table);
  await createTable(service.dynamodb, rows, { inspectionId: 'S', position: 'N' });
  const before: RawItem[] = [
    { id: { S: 'i1' }, owner: { S: 'ada' } },
    { id: { S: 'i2' }, owner: { S: 'nobody' } },
    { id: { S: 'ada' }, name: { S: 'Ada' } },
  ];
  await putAll(service.dynamodb, table, before);
  await putAll(service.dynamodb, rows, [
    { inspectionId: { S: 'i1' }, position: { N: '1' }, passed: { BOOL: true } },
    { inspectionId: { S: 'i1' }, position: { N: '2' }, passed: { BOOL: false } },
  ]);
  const text = await readFile(new URL('../../examples/transformations/Inspections/v1_count_items.ts', import.meta.url), 'utf8');
  await service.publish(table, { 'v1_count_items.ts': text.replace("'InspectionItems'", `'${rows}'`) });

  expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
  const counted = (items: string, failedItems: string) => ({ items: { N: items }, failedItems: { N: failedItems } });
  expect([...(await readAll(service.dynamodb, table)).values()]).toEqual(
    expect.arrayContaining([
      { ...before[0], ...counted('2', '1'), ownerName: { S: 'Ada' } },
      { ...before[1], ...counted('0', '0') },
      before[2],
    ]),
  );

  expect(await service.run({ table, direction: 'down' })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
  expect([...(await readAll(service.dynamodb, table)).values()]).toEqual(expect.arrayContaining(before));
});

it('tableNameOf gives the name in the stage of a table that the service transforms', async () => {
  const table = uniqueName('Orders');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items(3));
  await service.deploy({
    [`${table}/v1.ts`]: `export const sequence = 1;
export const adds = ['prepared', 'given', 'own', 'other'];
export const prepare = async ({ tableNameOf }) => tableNameOf('Catalogue');
export const transformUp = async (order, { preparation, tableNameOf }) =>
  ({ ...order, prepared: preparation, given: tableNameOf('Catalogue'), own: tableNameOf('${table}'), other: tableNameOf('Unknown') });
`,
  });
  await service.aws.invoke('publish-catalog', { ResourceProperties: { tables: { Catalogue: prices } } });

  expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
  const names = { prepared: { S: prices }, given: { S: prices }, own: { S: table }, other: { S: 'Unknown' } };
  expect(await contentOf(table)).toEqual(items(3).map((item) => ({ ...item, ...names })));
});

describe('what cannot be looked up', () => {
  it('is a start that is refused, if the table does not exist', async () => {
    const table = await orders(3, { 'v1.ts': priced.replace('ThePrices', 'Prizes') });

    const run = await service.run({ table });

    expect(run).toMatchObject({ status: 'FAILED', error: 'UnknownTable' });
    expect(run.errorMessage).toContain('v1.ts looks things up in Prizes as look.prices, and there is no table "Prizes"');
    expect(await contentOf(table)).toEqual(items(3));
  });

  it('fails items by name, if the key is wrong', async () => {
    const table = await orders(30, { 'v1.ts': priced.replace('{ id: order.product }', '{ product: order.product }') });

    const run = await service.run({ table, maxFailures: 1000 });

    expect(run).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
    expect(requestsFor('BatchGetItem', prices)).toEqual([]);
  });
});

describe('documentClient', () => {
  it("is accepted by the SDK's own paginators, and its reads are counted", async () => {
    const table = await orders(20, {
      'v1.ts': `import { paginateQuery } from '${createRequire(import.meta.url).resolve('@aws-sdk/lib-dynamodb')}';
export const sequence = 1;
export const adds = ['price'];
export const transformUp = async (order, { documentClient, tableNameOf }) => {
  const pages = paginateQuery(
    { client: documentClient },
    { TableName: tableNameOf('ThePrices'), KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': order.product } },
  );
  for await (const { Items } of pages) for (const { price } of Items) return { ...order, price };
};
`,
    });

    const run = await service.run({ table });

    expect(run).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
    expect(await contentOf(table)).toEqual(withPrices(20));
    // Two passes, half a unit for each item.
    expect(JSON.parse(run.output ?? '').counters.readUnits).toBeGreaterThanOrEqual(20);
  });
});

it('look-ups work in prepare, and in a process of its own', async () => {
  const table = await orders(40, {
    'v1.ts': `export const sequence = 1;
export const adds = ['price'];
export const lookups = { prices: 'ThePrices' };
export const prepare = async ({ look }) => {
  const found = await Promise.all(Array.from({ length: 100 }, (_, n) => look.prices.get({ id: 'p' + n })));
  return Object.fromEntries(found.map(({ id, price }) => [id, price]));
};
export const transformUp = async (order, { look, preparation }) => {
  if ((await look.prices.get({ id: order.product })).price === preparation[order.product]) return { ...order, price: preparation[order.product] };
};
`,
  });

  expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
  expect(await contentOf(table)).toEqual(withPrices(40));
});
