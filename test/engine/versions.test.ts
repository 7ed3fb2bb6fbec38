import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runForJson } from '../cli/command.ts';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** The rules of versions as people know them from Flyway, through whole runs. */

/** Each version puts its number at the end of the trail, and takes it away again: the trail tells in which order they ran. */
function step(sequence: number) {
  return `export const sequence = ${sequence};
export const overwrites = ['trail'];
export const transformUp = (item) => {
  const trail = item.trail ?? [];
  return trail.includes(${sequence}) ? undefined : { ...item, trail: [...trail, ${sequence}] };
};
export const transformDown = (item) => {
  const trail = item.trail ?? [];
  return trail.includes(${sequence}) ? { ...item, trail: trail.filter((number) => number !== ${sequence}) } : undefined;
};
`;
}
let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService({}, { dynamodb: proxy.url });
});
afterEach(() => {
  proxy.before = () => {};
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

async function tableWith(files: Record<string, string>) {
  const table = uniqueName('Rules');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, [{ id: { S: 'a' } }, { id: { S: 'b' } }]);
  await service.deploy(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${table}/${name}`, text])));
  return table;
}

async function trail(table: string) {
  const items = [...(await readAll(service.dynamodb, table)).values()];
  const [first, second] = items.map((item: RawItem) => item['trail']?.L?.map(({ N }) => Number(N)));
  expect(first).toEqual(second);
  return first;
}

async function applied(table: string) {
  return (await service.ledger.versions(table)).filter(({ status }) => status === 'applied').map(({ sequence }) => sequence);
}

describe('the order of versions', () => {
  it('is that of their numbers, whatever their files are called, up, down and in the ledger', async () => {
    const table = await tableWith({ 'v10_more.js': step(10), 'v2.ts': step(2), 'v11.mjs': step(11), 'v1_slug.ts': step(1) });

    expect((await service.run({ table, to: 10 })).error).toBeUndefined();
    expect(await trail(table)).toEqual([1, 2, 10]);
    expect((await service.run({ table })).error).toBeUndefined();
    expect(await trail(table)).toEqual([1, 2, 10, 11]);
    expect((await service.ledger.versions(table)).map(({ sequence }) => sequence)).toEqual([1, 2, 10, 11]);

    expect((await service.run({ table, direction: 'down' })).error).toBeUndefined();
    expect(await trail(table)).toEqual([1, 2, 10]);
    expect((await service.run({ table, direction: 'down', to: 0 })).error).toBeUndefined();
    expect(await trail(table)).toEqual([]);
    expect(await applied(table)).toEqual([]);
    const steps = (await service.ledger.runs(table)).map((run) => run.steps.map(({ sequence }) => sequence));
    expect(steps).toEqual([[10, 2, 1], [11], [11], [1, 2, 10]]);
  });

  it('is kept: a version that comes late is refused, and runs with `again`', async () => {
    const table = await tableWith({ 'v1.ts': step(1), 'v3.ts': step(3) });
    await service.run({ table });
    await service.deploy({ [`${table}/v2.ts`]: step(2) });

    const late = await service.run({ table });
    expect(late).toMatchObject({ status: 'FAILED', error: 'OutOfOrder' });
    expect(late.errorMessage).toContain(`dynamodt up ${table} --again 2`);
    expect(await trail(table)).toEqual([1, 3]);

    expect((await service.run({ table, again: 2 })).error).toBeUndefined();
    expect(await trail(table)).toEqual([1, 3, 2]);
    expect(await applied(table)).toEqual([1, 2, 3]);
    expect((await service.run({ table })).output).toContain('nothingToDo');
  });
});

it('refuses a table with replicas in other regions until that is accepted, naming regions and flag', async () => {
  const table = await tableWith({ 'v1.ts': step(1) });
  const { Table } = await service.dynamodb.send(new DescribeTableCommand({ TableName: table }));
  const described = { KeySchema: Table?.KeySchema, AttributeDefinitions: Table?.AttributeDefinitions };
  proxy.before = ({ operation, body }) =>
    operation === 'DescribeTable' && body['TableName'] === table
      ? { status: 200, body: { Table: { ...described, Replicas: [{ RegionName: 'eu-west-1' }, { RegionName: 'us-west-2' }] } } }
      : undefined;

  const refused = await service.run({ table });
  expect(refused).toMatchObject({ status: 'FAILED', error: 'ReplicatedTable' });
  expect(refused.errorMessage).toMatch(/eu-west-1, us-west-2.*acceptLastWriterWins/);
  expect(await service.ledger.runs(table)).toEqual([]);
  expect(await trail(table)).toBeUndefined();

  expect((await service.run({ table, acceptLastWriterWins: true })).error).toBeUndefined();
  expect(await trail(table)).toEqual([1]);
});

it('refuses versions that seed, insert or delete on a table with strongly consistent replicas, and takes others', async () => {
  const table = await tableWith({
    'v1.ts': step(1),
    'v2.ts': 'export const sequence = 2;\nexport const deletes = true;\nexport const transformUp = () => [];',
  });
  const { Table } = await service.dynamodb.send(new DescribeTableCommand({ TableName: table }));
  const described = { KeySchema: Table?.KeySchema, AttributeDefinitions: Table?.AttributeDefinitions };
  const strong = { MultiRegionConsistency: 'STRONG', Replicas: [{ RegionName: 'eu-west-1' }] };
  proxy.before = ({ operation, body }) =>
    operation === 'DescribeTable' && body['TableName'] === table
      ? { status: 200, body: { Table: { ...described, ...strong } } }
      : undefined;

  const refused = await service.run({ table });
  expect(refused).toMatchObject({ status: 'FAILED', error: 'TransactionsUnavailable' });
  expect(refused.errorMessage).toMatch(/v2 exports "deletes".*transactions/);
  expect(await service.ledger.runs(table)).toEqual([]);
  const planned = await runForJson(service, 'plan', table, '--transformations', service.folder);
  expect(planned.document.problems).toContainEqual(expect.objectContaining({ name: 'TransactionsUnavailable' }));

  expect((await service.run({ table, to: 1 })).error).toBeUndefined();
  expect(await trail(table)).toEqual([1]);
});

it.each<[key: string, RawItem]>([
  ['DataTransformations', { executionState: { L: [{ N: '1' }] } }],
  ['Migrations', { Batches: { M: { '1': { L: [{ N: '1' }] } } } }],
])(
  'refuses to run a version once more that dynamo-data-transform has recorded under the key %s, until it is baselined',
  async (key, state) => {
    const table = await tableWith({ 'v1.ts': step(1), 'v2.ts': step(2) });
    const theirs: RawItem = { id: { S: key }, ...state };
    await putAll(service.dynamodb, table, [theirs]);

    const refused = await service.run({ table });
    expect(refused).toMatchObject({ status: 'FAILED', error: 'NotBaselined' });
    expect(refused.errorMessage).toMatch(/dynamo-data-transform .* ran .* v1,.*`dynamodt baseline .* --from-predecessor`/);
    const planned = await runForJson(service, 'plan', table, '--transformations', service.folder);
    expect(planned).toMatchObject({ exitCode: 1, document: { ok: false, sample: { items: 2 } } });
    expect(planned.document.problems).toContainEqual(expect.objectContaining({ name: 'NotBaselined' }));
    expect(await service.ledger.runs(table)).toEqual([]);

    expect(await runForJson(service, 'baseline', table, '--from-predecessor')).toMatchObject({ document: { baselined: [1] } });
    expect((await service.run({ table })).error).toBeUndefined();
    const items = await readAll(service.dynamodb, table);
    expect(items.get(JSON.stringify({ S: key }))).toEqual(theirs);
    expect(items.get(JSON.stringify({ S: 'a' }))).toEqual({ id: { S: 'a' }, trail: { L: [{ N: '2' }] } });
  },
);

it('gives no transformation, sample or preparation the item of dynamo-data-transform, not even where a page holds nothing else', async () => {
  const table = uniqueName('Predecessor');
  await createTable(service.dynamodb, table, { pk: 'S', sk: 'S' });
  const theirs: RawItem = { pk: { S: 'DataTransformations' }, sk: { S: 'DataTransformations' }, executionState: { L: [{ N: '2' }] } };
  const ours: RawItem[] = [
    { pk: { S: 'DataTransformations' }, sk: { S: 'a' }, n: { N: '1' } },
    { pk: { S: 'a' }, sk: { S: 'DataTransformations' }, n: { N: '2' } },
  ];
  await putAll(service.dynamodb, table, [theirs, ...ours]);
  const file = `export const sequence = 1;
export const adds = ['m', 'seen'];
export const reads = ['n'];
export const prepare = async ({ scan }) => {
  const seen = [];
  for await (const item of scan(['n'])) seen.push(item.n);
  return seen.sort();
};
export const transformUp = (item, { preparation }) => ({ ...item, m: item.n, seen: preparation });`;
  await service.deploy({ [`${table}/v1.ts`]: file });

  // Pages of one item each.
  expect((await service.run({ table, totalSegments: 1, readUnits: 1, maxFailures: 0 })).error).toBeUndefined();

  const expected = [theirs, ...ours.map((item) => ({ ...item, m: item['n'], seen: { L: [{ N: '1' }, { N: '2' }] } }))];
  expect([...(await readAll(service.dynamodb, table, ['pk', 'sk'])).values()]).toEqual(expect.arrayContaining(expected));
  expect((await service.ledger.runs(table))[0]?.counters).toMatchObject({ scanned: 2 * ours.length, changed: ours.length, failed: 0 });
});
