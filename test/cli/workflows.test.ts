import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runForJson } from './command.ts';

/**
 * What a team meets in a year, through the command, with the whole table compared. Others are in files of their own: a changed, missing or
 * newer file (versions), stages, hold, squash, changed-seeds, plan-against; late versions and an empty table are in test/engine.
 */

function adding(sequence: number, name: string, value = 'item.n') {
  return `export const sequence = ${sequence};
export const adds = ['${name}'];
export const transformUp = (item) => ({ ...item, ${name}: ${value} });
`;
}

/** Fails on one item: the run ends half-way. */
function failing(sequence: number, name: string) {
  return adding(sequence, name).replace('=> (', `=> { if (item.id === 'i7') throw new Error('no'); return (`).replace('})', '}); }');
}

const items: RawItem[] = Array.from({ length: 12 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));

function inShape(...names: string[]): Map<string, RawItem> {
  return new Map(
    items.map((item) => [
      JSON.stringify(item['id']),
      { ...item, ...Object.fromEntries(names.map((name) => [name, item['n'] ?? { NULL: true }])) },
    ]),
  );
}

let service: Service;
beforeAll(async () => {
  service = await startService({});
});
afterAll(() => service?.close());

async function tableWith(files: Record<string, string>) {
  const table = uniqueName('Workflow');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  await deployed(table, files);
  return table;
}

async function deployed(table: string, files: Record<string, string | undefined>) {
  await service.deploy(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${table}/${name}`, text])));
  await service.aws.invoke('publish-catalog', {});
}

function up(table: string, ...args: string[]) {
  return runForJson(service, 'up', table, ...args);
}

it('two branches with one number: the second is refused, also by repair, until it has a number of its own', async () => {
  const table = await tableWith({ 'v1_once.ts': adding(1, 'once') });
  expect((await up(table)).exitCode).toBe(0);

  await deployed(table, { 'v1_once.ts': undefined, 'v1_twice.ts': adding(1, 'twice') });
  const refused = await up(table);
  expect(refused).toMatchObject({ exitCode: 1, document: { error: { name: 'SequenceTaken' } } });
  expect(refused.document.error.message).toContain('Give it the number 2');
  expect(await runForJson(service, 'repair', table)).toMatchObject({ exitCode: 1, document: { error: { name: 'SequenceTaken' } } });
  expect(await readAll(service.dynamodb, table)).toEqual(inShape('once'));

  await deployed(table, { 'v1_once.ts': adding(1, 'once'), 'v1_twice.ts': undefined, 'v2_twice.ts': adding(2, 'twice') });
  expect(await up(table)).toMatchObject({ exitCode: 0, document: { sequences: [2] } });
  expect(await readAll(service.dynamodb, table)).toEqual(inShape('once', 'twice'));
});

it.each([
  ['replaced by another', { 'v1_other.ts': adding(1, 'other') }],
  ['deleted', { 'v2_later.ts': adding(2, 'later') }],
])('a half-applied version whose file is %s: nothing goes over it, and its own file takes it back', async (_, instead) => {
  const table = await tableWith({ 'v1_once.ts': failing(1, 'once') });
  expect(await up(table)).toMatchObject({ exitCode: 1, document: { error: { name: 'ItemsFailed' } } });
  const halfway = await readAll(service.dynamodb, table);
  expect([...halfway.values()].filter((item) => item['once'])).toHaveLength(items.length - 1);

  await deployed(table, { 'v1_once.ts': undefined, ...instead });
  expect(await up(table)).toMatchObject({ exitCode: 1, document: { error: { name: 'HalfApplied' } } });
  expect(await runForJson(service, 'down', table)).toMatchObject({ exitCode: 1, document: { error: { name: 'HalfApplied' } } });
  expect(await readAll(service.dynamodb, table)).toEqual(halfway);

  // The file comes back, mended.
  const [name = ''] = Object.keys(instead);
  await deployed(table, { 'v1_once.ts': adding(1, 'once'), [name]: undefined });
  expect(await runForJson(service, 'down', table)).toMatchObject({ exitCode: 0, document: { status: 'succeeded' } });
  expect(await readAll(service.dynamodb, table)).toEqual(inShape());
});

it('a hot-fix: a version that failed is mended under its name, and `up` does the rest', async () => {
  const table = await tableWith({ 'v1.ts': failing(1, 'once') });
  expect(await up(table)).toMatchObject({ exitCode: 1, document: { error: { name: 'ItemsFailed' } } });

  await deployed(table, { 'v1.ts': adding(1, 'once') });
  expect(await up(table)).toMatchObject({ exitCode: 0, document: { status: 'succeeded' } });
  expect(await readAll(service.dynamodb, table)).toEqual(inShape('once'));
});

it('contradictory flags change nothing, in table or ledger', async () => {
  const table = await tableWith({ 'v1.ts': adding(1, 'once'), 'v2.ts': adding(2, 'twice') });

  expect(await up(table, '--again', '2', '--to', '1')).toMatchObject({ exitCode: 2, document: { error: { name: 'InvalidInput' } } });

  expect(await service.run({ table, again: 2, to: 1 })).toMatchObject({ error: 'InvalidInput' });
  expect(await readAll(service.dynamodb, table)).toEqual(inShape());
  expect(await service.ledger.versions(table)).toEqual([]);
});

it('many tables, one of them broken: the others are taken up, and the whole is red and names it', async () => {
  const files: Record<string, string> = { 'v1.ts': adding(1, 'once') };
  const good = [await tableWith(files), await tableWith(files)];
  const broken = await tableWith({ 'v1.ts': 'export const sequence = 1; export const' });

  const all = await runForJson(service, 'up');

  expect(all.exitCode).toBe(1);
  for (const table of good) expect(await readAll(service.dynamodb, table)).toEqual(inShape('once'));
  expect(await readAll(service.dynamodb, broken)).toEqual(inShape());
  expect(all.stderr + JSON.stringify(all.document)).toContain(broken);
});
