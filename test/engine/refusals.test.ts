import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable, putAll, readAll, type Service, startService, uniqueName } from '../support/service.ts';

const good = `export const sequence = 1; export const adds = ['n']; export const transformUp = (item) => ({ ...item, n: 1 });`;
const broken: Record<string, { files: Record<string, string>; message: RegExp }> = {
  'no sequence': { files: { 'v1.ts': 'export const transformUp = (item) => item;' }, message: /sequence/ },
  'sequence as text': { files: { 'v1.ts': good.replace('= 1;', "= '1';") }, message: /sequence/ },
  'sequence unlike the file name': { files: { 'v2_other.ts': good }, message: /sequence 1, but its file name says 2/ },
  'two files with one sequence': { files: { 'v1.ts': good, 'v1_again.ts': good }, message: /same sequence as/ },
  'no transformUp': { files: { 'v1.ts': 'export const sequence = 1;' }, message: /transformUp.*function/ },
  'transformDown that is no function': {
    files: { 'v1.ts': `${good} export const transformDown = 3;` },
    message: /transformDown.*function/,
  },
  'adds that is no list': { files: { 'v1.ts': good.replace("['n']", "'n'") }, message: /adds.*array/ },
  'a misspelt export': { files: { 'v1.ts': good.replace('adds', 'add') }, message: /"add".*"adds"/ },
  'a name declared twice': { files: { 'v1.ts': `${good} export const removes = ['n'];` }, message: /"n" twice/ },
  'a key among what it changes': { files: { 'v1.ts': good.replace("['n']", "['n', 'id']") }, message: /"id".*key/ },
  'a syntax error': { files: { 'v1.ts': 'export const sequence = ;' }, message: /does not compile.*line 1/ },
  'an import that is not there': { files: { 'v1.ts': `import x from './nowhere.ts'; ${good} x();` }, message: /does not compile/ },
  'a top level that throws': { files: { 'v1.ts': `${good} throw new RangeError('secret');` }, message: /RangeError/ },
  "the predecessor's package": {
    files: { 'v1.js': `const { utils } = require('dynamo-data-transform'); module.exports = { transformUp: utils.transformItems };` },
    message: /written for dynamo-data-transform\. Replace .*transformUp = \(item\)/,
  },
  "the predecessor's exports": {
    files: { 'v1.js': 'export const transformationNumber = 1; export const transformUp = () => {};' },
    message: /dynamo-data-transform/,
  },
};

let service: Service;
const tables = Object.fromEntries(Object.keys(broken).map((what, index) => [what, uniqueName(`Broken${index}`)]));
const fine = uniqueName('Fine');
const withoutFiles = uniqueName('Bare');
const withoutTable = uniqueName('Gone');

beforeAll(async () => {
  const files: Record<string, string> = { [`${fine}/v1.ts`]: good, [`${withoutTable}/v1.ts`]: good };
  for (const [what, { files: own }] of Object.entries(broken))
    for (const [name, text] of Object.entries(own)) files[`${tables[what]}/${name}`] = text;
  service = await startService(files);
  for (const table of [...Object.values(tables), fine, withoutFiles]) {
    await createTable(service.dynamodb, table);
    await putAll(service.dynamodb, table, [{ id: { S: 'a' } }]);
  }
});
afterAll(() => service?.close());

async function ledgerItems() {
  return (await service.dynamodb.send(new ScanCommand({ TableName: `${service.name}-ledger` }))).Items?.filter(
    ({ pk }) => pk?.S !== 'catalog' && !pk?.S?.startsWith('code#'),
  );
}

describe('a refused start fails the execution by name, and writes nothing but that it was refused', () => {
  it.each(Object.entries(broken))('InvalidTransformation: %s', async (what, { message }) => {
    const table = tables[what] ?? '';
    const execution = await service.run({ table });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'InvalidTransformation' });
    expect(execution.errorMessage).toMatch(message);
    expect(execution.errorMessage).toContain(`${table}/v`);
    expect(execution.cause).not.toContain('secret');
    expect([...(await readAll(service.dynamodb, table)).values()]).toEqual([{ id: { S: 'a' } }]);
  });

  it.each([
    ['an unknown table', () => ({ table: 'NoSuchTable' }), 'UnknownTable', /"NoSuchTable"/],
    ['a table with the name of a property of every object', () => ({ table: 'constructor' }), 'UnknownTable', /"constructor"/],
    ['a folder without a table', () => ({ table: withoutTable }), 'UnknownTable', /transformations\//],
    ['a table without transformations', () => ({ table: withoutFiles }), 'NoTransformations', /dynamodt init/],
    ['no table', () => ({}), 'InvalidInput', /table/],
    ['an unknown field', () => ({ table: fine, tabel: 1 }), 'InvalidInput', /tabel/],
    ['a wrong type', () => ({ table: fine, totalSegments: 'many' }), 'InvalidInput', /totalSegments/],
    ['a direction that is none', () => ({ table: fine, direction: 'sideways' }), 'InvalidInput', /direction/],
    ['a version that is not there', () => ({ table: fine, to: 7 }), 'InvalidInput', /v7.*v1/],
  ])('%s', async (_, input, error, message) => {
    const execution = await service.run(input());

    expect(execution).toMatchObject({ status: 'FAILED', error });
    expect(execution.errorMessage).toMatch(message);
  });

  it('left nothing in the ledger but the refused starts of their tables', async () => {
    const left = (await ledgerItems()) ?? [];

    expect(left.length).toBeGreaterThan(0);
    for (const item of left) expect(item['sk']?.S).toMatch(/^refused#/);
  });

  it('does not let a broken table harm another', async () => {
    const execution = await service.run({ table: fine });

    expect(execution.status).toBe('SUCCEEDED');
    expect([...(await readAll(service.dynamodb, fine)).values()]).toEqual([{ id: { S: 'a' }, n: { N: '1' } }]);
  });
});

it('reports items that fail by key, does the others, fails the run, and does not apply the version', async () => {
  const table = uniqueName('Partly');
  const file = `export const sequence = 1;
export const adds = ['half'];
export const transformUp = (item) => {
  if (item.n % 50 === 7) throw new RangeError('secret ' + item.n);
  return { ...item, half: item.n / 2 };
};`;
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  await putAll(
    service.dynamodb,
    table,
    Array.from({ length: 300 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } })),
  );

  const execution = await service.run({ table });

  const failing = ['i7', 'i57', 'i107', 'i157', 'i207', 'i257'];
  expect(execution).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
  expect(execution.errorMessage).toMatch(/^6 items of .* v1 failed \(6 × TransformThrew at .*v1\.ts:4\)/);
  expect(execution.cause).not.toContain('secret');
  const [run] = await service.ledger.runs(table);
  expect(run).toMatchObject({ status: 'failed', counters: { scanned: 300, changed: 294, failed: 6 } });
  const failures = await service.ledger.failures(run?.id ?? '', 1);
  expect(failures.map(({ key }) => key['id']).sort()).toEqual(failing.sort());
  expect(failures[0]).toMatchObject({ name: 'TransformThrew', place: expect.stringMatching(/v1\.ts:4$/), sequence: 1 });
  for (const [key, item] of await readAll(service.dynamodb, table))
    expect(item['half'] === undefined, key).toBe(failing.includes(item['id']?.S ?? ''));
  expect(await service.ledger.versions(table)).toMatchObject([{ sequence: 1, status: 'applying' }]);

  await service.deploy({ [`${table}/v1.ts`]: file.replace('% 50 === 7', '% 50 === -1') });
  expect((await service.run({ table })).status).toBe('SUCCEEDED');
  expect(await service.ledger.versions(table)).toMatchObject([{ sequence: 1, status: 'applied' }]);
});

it('refuses a version that fails on the whole sample before anything is written', async () => {
  const table = uniqueName('Hopeless');
  await service.deploy({ [`${table}/v1.ts`]: good.replace('n: 1', 'm: 1') });
  await createTable(service.dynamodb, table);
  await putAll(
    service.dynamodb,
    table,
    Array.from({ length: 400 }, (_, n) => ({ id: { S: `i${n}` } })),
  );

  const execution = await service.run({ table });

  expect(execution).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
  expect(execution.errorMessage).toMatch(/Nothing was written/);
  expect(await service.ledger.runs(table)).toEqual([]);
});
