import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson, startCommand } from './command.ts';
import { removeWorkingCopies, workingCopy } from './working-copy.ts';

const [users, secrets, empty, wide, exact, gate] = ['Users', 'Secrets', 'Empty', 'Wide', 'Exact', 'Gate'].map(uniqueName) as [
  string,
  string,
  string,
  string,
  string,
  string,
];

function version(sequence: number, attribute: string, value = '1') {
  return `export const sequence = ${sequence}; export const adds = ['${attribute}']; export const transformUp = (item) => ({ ...item, ${attribute}: ${value} });`;
}
let service: Service;

beforeAll(async () => {
  service = await startService({ [`${users}/v1.ts`]: version(1, 'a'), [`${gate}/v1.ts`]: version(1, 'half', 'item.n / 2') });
  for (const table of [users, secrets, empty, wide, exact, gate]) await createTable(service.dynamodb, table);
  await putAll(
    service.dynamodb,
    users,
    Array.from({ length: 700 }, (_, n) => ({ id: { S: `u${n}` } })),
  );
  await putAll(
    service.dynamodb,
    gate,
    Array.from({ length: 40 }, (_, n) => ({ id: { S: `g${n}` }, n: { N: String(n) } })),
  );
});
afterAll(async () => {
  await service?.close();
  await removeWorkingCopies();
});

async function plan(files: Record<string, string>, table: string, ...args: string[]) {
  return runForJson(service, 'plan', table, '--transformations', await workingCopy(files), ...args);
}

function ledger() {
  return readAll(service.dynamodb, `${service.name}-ledger`, ['pk', 'sk']);
}

it('writes nothing: only reads reach DynamoDB, and table and ledger stay as they are', async () => {
  const before = [await readAll(service.dynamodb, users), await ledger()];
  const proxy = await startDynamoDbProxy(service.aws.dynamodbUrl);
  const operations = new Map<string, number>();
  proxy.before = ({ operation }) => {
    operations.set(operation, (operations.get(operation) ?? 0) + 1);
    return undefined;
  };
  const transformations = await workingCopy({
    [`${users}/v1.ts`]: version(1, 'a'),
    [`${users}/v2.ts`]: 'export const sequence = 2; export const deletes = true; export const transformUp = () => [];',
  });

  const { exitCode, stderr } = await startCommand(service, ['plan', users, '--transformations', transformations], {
    AWS_ENDPOINT_URL_DYNAMODB: proxy.url,
  }).ended;
  await proxy.close();

  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const reads = [
    'DescribeTable',
    'DescribeContinuousBackups',
    'DescribeTimeToLive',
    'DescribeKinesisStreamingDestination',
    'GetItem',
    'Query',
    'Scan',
  ];
  expect([...operations.keys()].filter((operation) => !reads.includes(operation))).toEqual([]);
  expect(operations.get('Scan')).toBeGreaterThan(1);
  expect([await readAll(service.dynamodb, users), await ledger()]).toEqual(before);
});

describe('values of items', () => {
  const hidden = ['hidden-key', 'hidden-value', '4711471147114711', 'hidden-entry', 'hidden-member'];
  const text = `export const sequence = 1; export const adds = ['copy', 'again', 'list', 'words'];
export const transformUp = (item) => {
  console.log('looking at', item);
  console.error(item.name);
  if (item.fails) throw Object.assign(new Error(item.name), { name: item.name });
  return { ...item, copy: item.name, again: item.number, list: [item.map], words: item.set, undeclared: item.name };
};`;
  const item: RawItem = {
    id: { S: 'hidden-key' },
    name: { S: 'hidden-value' },
    number: { N: '4711471147114711' },
    map: { M: { 'hidden-entry': { S: 'hidden-value' } } },
    set: { SS: ['hidden-member'] },
  };
  beforeAll(() => putAll(service.dynamodb, secrets, [item, { ...item, id: { S: 'hidden-key-2' }, fails: { BOOL: true } }]));

  it.each([[['--json']], [[]]])('are nowhere in the output (%s), errors and console included', async (flags) => {
    const transformations = await workingCopy({ [`${secrets}/v1.ts`]: text });
    const { exitCode, stdout, stderr } = await runCommand(service, 'plan', secrets, '--transformations', transformations, ...flags);

    expect(exitCode).toBe(1);
    for (const value of hidden) expect(stdout + stderr).not.toContain(value);
    expect(stdout).toContain('undeclared');
    expect(stdout + stderr).toMatch(/Your functions wrote \d+ lines to the console/);
  });

  it('are shown where that is asked for', async () => {
    const transformations = await workingCopy({ [`${secrets}/v1.ts`]: text });
    const { stdout } = await runCommand(service, 'plan', secrets, '--transformations', transformations, '--show-values');

    expect(stdout).toContain('v1  id: "hidden-key"');
    expect(stdout).toContain('+ copy: "hidden-value"');
    expect(stdout).toContain('+ again: 4711471147114711');
    const { document } = await plan({ [`${secrets}/v1.ts`]: text }, secrets, '--show-values');
    expect(document.versions[0].trial.diffs[0].attributes).toContainEqual({
      name: 'copy',
      change: 'added',
      after: { type: 'S', length: 12, value: { S: 'hidden-value' } },
    });
  });
});

describe('tables of every kind', () => {
  it('plans an empty table, with its seeds', async () => {
    const seeds = `export const sequence = 1; export const seed = [{ id: 'a' }, { id: 'b' }];`;
    const { exitCode, document } = await plan({ [`${empty}/v1.ts`]: seeds, [`${empty}/v2.ts`]: version(2, 'x') }, empty);

    expect(exitCode).toBe(0);
    expect(document).toMatchObject({
      size: { items: 0, bytes: 0 },
      sample: { items: 0, isWholeTable: true },
      versions: [
        { seeds: 2, trial: { counters: { scanned: 2, changed: 0 }, writeUnits: 4 } },
        { trial: { counters: { scanned: 2, changed: 2 }, estimated: { changed: 2 }, writeUnits: 2 } },
      ],
    });
    expect(document.notes.map(({ name }: { name: string }) => name)).toContain('EmptyTable');
  });

  it('tells that an item is too wide for a condition, and one too large for DynamoDB', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`a${n}`, { N: String(n) }]));
    await putAll(service.dynamodb, wide, [
      { id: { S: 'wide' }, ...attributes },
      { id: { S: 'large' }, text: { S: 'x'.repeat(300 * 1024) } },
    ]);
    const text = version(1, 'copy', 'item.text ?? 1');
    const { exitCode, document } = await plan({ [`${wide}/v1.ts`]: text }, wide);

    expect(exitCode).toBe(1);
    expect(document.problems).toEqual(
      expect.arrayContaining([
        { name: 'TooWide', sequence: 1, message: expect.stringContaining('Declare the attributes that the function needs') },
        { name: 'InvalidValue', sequence: 1, message: expect.stringContaining('DynamoDB holds 400 KB') },
      ]),
    );
    const reads = `${text} export const reads = ['text'];`;
    expect((await plan({ [`${wide}/v1.ts`]: reads }, wide)).document.problems).toMatchObject([{ name: 'InvalidValue' }]);
  });

  it('keeps numbers that JavaScript cannot hold', async () => {
    const number = '12345678901234567890.123456789012345678';
    await service.dynamodb.send(new PutItemCommand({ TableName: exact, Item: { id: { S: 'x' }, n: { N: number } } }));
    const { document } = await plan({ [`${exact}/v1.ts`]: version(1, 'm', 'item.n') }, exact, '--show-values');

    expect(document.versions[0].trial).toMatchObject({
      counters: { changed: 1 },
      wayBack: { restored: 1 },
      diffs: [{ attributes: [{ name: 'm', after: { type: 'N', length: 38, value: { N: number } } }] }],
    });
  });

  it('takes a table without a service, and says so', async () => {
    const transformations = await workingCopy({ [`${users}/v1.ts`]: version(1, 'a') });
    const { exitCode, document } = await runForJson({ ...service, name: 'nothing' }, 'plan', users, '--transformations', transformations);

    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ ok: true, versions: [{ sequence: 1, deployed: null, trial: { counters: { changed: 500 } } }] });
    expect(document.notes).toContainEqual({ name: 'ServiceNotFound', message: expect.stringContaining('every version counts as pending') });
  });

  it('takes a table under another name', async () => {
    const { exitCode, document } = await plan({ 'Users/v1.ts': version(1, 'a') }, 'Users', '--table-name', users);

    expect({ exitCode, document }).toMatchObject({ exitCode: 0, document: { table: 'Users', tableName: users, sample: { items: 500 } } });
  });

  it('refuses a table that is not there', async () => {
    const { exitCode, document } = await plan({ 'Nobody/v1.ts': version(1, 'a') }, 'Nobody');

    expect({ exitCode, document }).toMatchObject({ exitCode: 1, document: { error: { name: 'UnknownTable' } } });
  });

  it('refuses a table without files, naming those that have some', async () => {
    const { exitCode, document } = await plan({ 'Others/v1.ts': version(1, 'a') }, users);

    expect({ exitCode, document }).toMatchObject({
      exitCode: 1,
      document: { error: { name: 'NoTransformations', message: expect.stringContaining('only for Others') } },
    });
  });

  it('plans all tables that have folders, and tells which of them is not there', async () => {
    const looksUp = `import { paginateQuery } from '@aws-sdk/lib-dynamodb';
export const sequence = 1; export const adds = ['found', 'looked'];
export const lookups = { gate: '${gate}' };
export const transformUp = async (item, { documentClient, look }) => {
  const { n } = await look.gate.get({ id: 'g1' });
  const query = { TableName: '${gate}', KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': 'g1' } };
  for await (const { Items } of paginateQuery({ client: documentClient }, query)) for (const found of Items) return { ...item, found: found.n, looked: n };
};`;
    const transformations = await workingCopy({
      [`${exact}/v1.ts`]: looksUp,
      [`${users}/v1.ts`]: version(1, 'a'),
      'Nobody/v1.ts': version(1, 'a'),
      'shared/words.ts': 'export {};',
    });
    const { exitCode, document } = await runForJson(service, 'plan', '--transformations', transformations);

    expect(exitCode).toBe(0);
    expect(document).toMatchObject([
      { table: exact, tableName: exact, ok: true, versions: [{ trial: { counters: { changed: 1 } } }] },
      { table: 'Nobody', tableName: null, ok: true, notes: [{ name: 'UnknownTable' }] },
      { table: users, tableName: users, ok: true },
    ]);
  });

  it('says within seconds that nothing answers', async () => {
    const transformations = await workingCopy({ [`${users}/v1.ts`]: version(1, 'a') });
    const { exitCode, stderr } = await startCommand(service, ['plan', users, '--transformations', transformations], {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    }).ended;

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^EndpointUnreachable: .*does not answer/);
  });
});

describe("the ledger's rules", () => {
  beforeAll(async () => {
    expect((await service.run({ table: gate })).status).toBe('SUCCEEDED');
  });
  const v1 = version(1, 'half', 'item.n / 2');

  it('shows the gate before phase 3: what lacks the applied version, and what differs', async () => {
    const fine = await plan({ [`${gate}/v1.ts`]: v1 }, gate, '--sequence', '1');
    expect(fine).toMatchObject({
      exitCode: 0,
      document: { versions: [], applied: [{ sequence: 1, scanned: 40, missing: 0, differing: 0, missingAtMost: 0 }], problems: [] },
    });

    await putAll(service.dynamodb, gate, [
      { id: { S: 'g1' }, n: { N: '1' } },
      { id: { S: 'g2' }, n: { N: '2' }, half: { N: '77' } },
    ]);
    const { exitCode, document } = await plan({ [`${gate}/v1.ts`]: v1 }, gate, '--tNumber', '1');

    expect(exitCode).toBe(1);
    expect(document).toMatchObject({
      applied: [
        { missing: 1, differing: 1, diffs: [{ key: { id: { type: 'S', length: 2 } }, attributes: [{ name: 'half', change: 'added' }] }] },
      ],
      problems: [{ name: 'MissingItems', sequence: 1, message: expect.stringContaining('1 of 40 items lack') }],
      notes: expect.arrayContaining([{ name: 'Differing', sequence: 1, message: expect.stringContaining('1 of 40 items') }]),
    });
  });

  it('looks at applied versions besides, without failing for them', async () => {
    const { exitCode, document } = await plan({ [`${gate}/v1.ts`]: v1, [`${gate}/v2.ts`]: version(2, 'x') }, gate);

    expect({ exitCode, document }).toMatchObject({
      exitCode: 0,
      document: { applied: [{ sequence: 1, missing: 1, diffs: [] }], versions: [{ sequence: 2, trial: { counters: { changed: 40 } } }] },
    });
  });

  it('refuses as a run would: a changed file of an applied version', async () => {
    const { exitCode, document } = await plan({ [`${gate}/v1.ts`]: v1.replace('/ 2', '/ 3') }, gate);

    expect({ exitCode, problems: document.problems }).toEqual({
      exitCode: 1,
      problems: [{ name: 'ChecksumMismatch', message: expect.stringContaining('dynamodt repair') }],
    });
  });

  it('says that there is no file of the version that was asked for', async () => {
    const { exitCode, document } = await plan({ [`${gate}/v1.ts`]: v1 }, gate, '--sequence', '9');

    expect({ exitCode, document }).toMatchObject({
      exitCode: 1,
      document: { error: { name: 'InvalidInput', message: expect.stringContaining('v1.ts') } },
    });
  });
});

it('refuses as a run would: a version below one that is applied, and tries it all the same', async () => {
  const table = uniqueName('Late');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, [{ id: { S: 'a' } }]);
  await service.deploy({ [`${table}/v2.ts`]: version(2, 'b') });
  expect((await service.run({ table })).status).toBe('SUCCEEDED');

  const { exitCode, document } = await plan({ [`${table}/v1.ts`]: version(1, 'a'), [`${table}/v2.ts`]: version(2, 'b') }, table);

  expect(exitCode).toBe(1);
  expect(document.problems).toEqual([{ name: 'OutOfOrder', message: expect.stringContaining('versions run in order') }]);
  expect(document.versions).toMatchObject([{ sequence: 1, trial: { counters: { changed: 1 } } }]);
});

describe('--full', () => {
  it('refuses files that are not deployed, and says what to do', async () => {
    const { exitCode, document } = await plan(
      { [`${users}/v1.ts`]: version(1, 'a', '2'), [`${users}/v2.ts`]: version(2, 'b') },
      users,
      '--full',
    );

    expect(exitCode).toBe(1);
    expect(document).toMatchObject({
      full: null,
      problems: [
        { name: 'NotDeployed', message: expect.stringMatching(/v1 is deployed with other content, v2 is not deployed\)\. Deploy these/) },
      ],
    });
  });

  it('runs the deployed files over the whole table without writing', async () => {
    const before = await readAll(service.dynamodb, users);
    const { exitCode, document } = await plan({ [`${users}/v1.ts`]: version(1, 'a') }, users, '--full', '--write-units', '10000');

    expect({ exitCode, full: document.full }).toMatchObject({
      exitCode: 0,
      full: { status: 'succeeded', sequences: [1], counters: { scanned: 700, changed: 700 }, failures: [] },
    });
    expect(await readAll(service.dynamodb, users)).toEqual(before);
  });

  it('stops the gate before phases 3 and 4 for one item that the sample missed, and gives its key', async () => {
    const table = uniqueName('Shop');
    const v1 = version(1, 'half', 'item.n / 2');
    await createTable(service.dynamodb, table);
    await putAll(
      service.dynamodb,
      table,
      Array.from({ length: 300 }, (_, n) => ({ id: { S: `s${n}` }, n: { N: String(n) } })),
    );
    await service.deploy({ [`${table}/v1.ts`]: v1 });
    expect((await service.run({ table })).status).toBe('SUCCEEDED');
    const gateOf = () => plan({ [`${table}/v1.ts`]: v1 }, table, '--sequence', '1', '--full', '--sample', '1');
    expect(await gateOf()).toMatchObject({ exitCode: 0, document: { ok: true, problems: [], full: { missing: [] } } });

    await putAll(service.dynamodb, table, [{ id: { S: 'the-old-one' }, n: { N: '7' } }]);
    const { exitCode, document } = await gateOf();

    expect({ exitCode, ok: document.ok, full: document.full }).toMatchObject({
      exitCode: 1,
      ok: false,
      full: { status: 'succeeded', counters: { scanned: 301, changed: 1 }, missing: [{ id: 'the-old-one' }] },
    });
    expect(document.problems).toEqual([
      { name: 'MissingItems', sequence: 1, message: expect.stringContaining('In the whole table, 1 of 301 items lack') },
    ]);
    const listed = await runForJson(service, 'status', table, '--run', document.full.run, '--failures');
    expect(listed.document.toChange).toEqual([{ sequence: 1, segment: expect.any(Number), key: { id: 'the-old-one' } }]);
    const history = await service.sfn.send(
      new GetExecutionHistoryCommand({ executionArn: document.full.execution, includeExecutionData: true, maxResults: 1000 }),
    );
    expect(history.events?.length).toBeGreaterThan(5);
    expect(JSON.stringify(history)).not.toContain('the-old-one');
  });

  it('gives the causes of failures that a sample may miss', async () => {
    const table = uniqueName('Rare');
    const text = `export const sequence = 1; export const adds = ['a'];
export const transformUp = (item) => {
  if (item.n === 13) throw new RangeError('secret');
  return { ...item, a: 1 };
};`;
    await createTable(service.dynamodb, table);
    await putAll(
      service.dynamodb,
      table,
      Array.from({ length: 60 }, (_, n) => ({ id: { S: `r${n}` }, n: { N: String(n) } })),
    );
    await service.deploy({ [`${table}/v1.ts`]: text });
    // A deploy takes effect with the next invocation.
    await service.run({ table, dryRun: true });

    const { exitCode, document, stderr } = await plan({ [`${table}/v1.ts`]: text }, table, '--full', '--sample', '1');

    expect(exitCode).toBe(1);
    expect(document.full).toMatchObject({
      status: 'failed',
      counters: { scanned: 60, failed: 1 },
      failures: [{ name: 'TransformThrew', items: 1, place: expect.stringMatching(/v1\.ts:3$/) }],
      error: { name: 'ItemsFailed' },
    });
    expect(JSON.stringify(document) + stderr).not.toContain('secret');
  });
});
