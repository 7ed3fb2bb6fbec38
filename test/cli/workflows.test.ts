import { afterAll, beforeAll, expect, it } from 'vitest';
import { adding, numberedItems, withCopies } from '../support/numbered-items.ts';
import { createTable, putAll, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runForJson } from './command.ts';

/**
 * What a team meets in a year, through the command, with the whole table compared. Others are in files of their own: a changed, missing or
 * newer file (versions), stages, hold, squash, changed-seeds, plan-against; late versions and an empty table are in test/engine.
 */

/** Fails on one item: the run ends half-way. */
function failing(sequence: number, name: string) {
  return adding(sequence, name).replace('=> (', `=> { if (item.id === 'i7') throw new Error('no'); return (`).replace('})', '}); }');
}

const items = numberedItems(12);

let service: Service;
beforeAll(async () => {
  service = await startService({});
});
afterAll(() => service?.close());

async function tableWith(files: Record<string, string>) {
  const table = uniqueName('Workflow');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  await service.publish(table, files);
  return table;
}

function up(table: string, ...args: string[]) {
  return runForJson(service, 'up', table, ...args);
}

it('two branches with one number: the second is refused, also by repair, until it has a number of its own', async () => {
  const table = await tableWith({ 'v1_once.ts': adding(1, 'once') });
  expect((await up(table)).exitCode).toBe(0);

  await service.publish(table, { 'v1_once.ts': undefined, 'v1_twice.ts': adding(1, 'twice') });
  const refused = await up(table);
  expect(refused).toMatchObject({ exitCode: 1, document: { error: { name: 'SequenceTaken' } } });
  expect(refused.document.error.message).toContain('Give it the number 2');
  expect(await runForJson(service, 'repair', table)).toMatchObject({ exitCode: 1, document: { error: { name: 'SequenceTaken' } } });
  expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once'));

  await service.publish(table, { 'v1_once.ts': adding(1, 'once'), 'v1_twice.ts': undefined, 'v2_twice.ts': adding(2, 'twice') });
  expect(await up(table)).toMatchObject({ exitCode: 0, document: { sequences: [2] } });
  expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once', 'twice'));
});

it.each([
  ['replaced by another', { 'v1_other.ts': adding(1, 'other') }],
  ['deleted', { 'v2_later.ts': adding(2, 'later') }],
])('a half-applied version whose file is %s: nothing goes over it, and its own file takes it back', async (_, instead) => {
  const table = await tableWith({ 'v1_once.ts': failing(1, 'once') });
  expect(await up(table)).toMatchObject({ exitCode: 1, document: { error: { name: 'ItemsFailed' } } });
  const halfway = await readAll(service.dynamodb, table);
  expect([...halfway.values()].filter((item) => item['once'])).toHaveLength(items.length - 1);

  await service.publish(table, { 'v1_once.ts': undefined, ...instead });
  expect(await up(table)).toMatchObject({ exitCode: 1, document: { error: { name: 'HalfApplied' } } });
  expect(await runForJson(service, 'down', table)).toMatchObject({ exitCode: 1, document: { error: { name: 'HalfApplied' } } });
  expect(await readAll(service.dynamodb, table)).toEqual(halfway);

  // The file comes back, mended.
  const [name = ''] = Object.keys(instead);
  await service.publish(table, { 'v1_once.ts': adding(1, 'once'), [name]: undefined });
  expect(await runForJson(service, 'down', table)).toMatchObject({ exitCode: 0, document: { status: 'succeeded' } });
  expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items));
});

it('a hot-fix: a version that failed is mended under its name, and `up` does the rest', async () => {
  const table = await tableWith({ 'v1.ts': failing(1, 'once') });
  expect(await up(table)).toMatchObject({ exitCode: 1, document: { error: { name: 'ItemsFailed' } } });

  await service.publish(table, { 'v1.ts': adding(1, 'once') });
  expect(await up(table)).toMatchObject({ exitCode: 0, document: { status: 'succeeded' } });
  expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once'));
});

it('contradictory flags change nothing, in table or ledger', async () => {
  const table = await tableWith({ 'v1.ts': adding(1, 'once'), 'v2.ts': adding(2, 'twice') });

  expect(await up(table, '--again', '2', '--to', '1')).toMatchObject({ exitCode: 2, document: { error: { name: 'InvalidInput' } } });

  expect(await service.run({ table, again: 2, to: 1 })).toMatchObject({ error: 'InvalidInput' });
  expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items));
  expect(await service.ledger.versions(table)).toEqual([]);
});

it('many tables, one of them broken: the others are taken up, and the whole is red and names it', async () => {
  const files: Record<string, string> = { 'v1.ts': adding(1, 'once') };
  const good = [await tableWith(files), await tableWith(files)];
  const broken = await tableWith({ 'v1.ts': 'export const sequence = 1; export const' });

  const all = await runForJson(service, 'up');

  expect(all.exitCode).toBe(1);
  for (const table of good) expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once'));
  expect(await readAll(service.dynamodb, broken)).toEqual(withCopies(items));
  expect(all.stderr + JSON.stringify(all.document)).toContain(broken);
});
