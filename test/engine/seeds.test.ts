import { afterAll, beforeAll, expect, it } from 'vitest';
import { runForJson } from '../cli/command.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** What becomes of seeds on the way down. */

const file = `export const sequence = 1;
export const seed = [{ PK: 'mine', v: 1 }, { PK: 'new', v: 1 }];`;
const mine: RawItem = { PK: { S: 'mine' }, v: { N: '1' } };
const fresh: RawItem = { PK: { S: 'new' }, v: { N: '1' } };

let service: Service;
beforeAll(async () => {
  service = await startService({});
});
afterAll(() => service?.close());

async function tableWith(items: readonly RawItem[], text = file) {
  const table = uniqueName('Seeds');
  await createTable(service.dynamodb, table, { PK: 'S' });
  await putAll(service.dynamodb, table, items);
  await service.deploy({ [`${table}/v1.ts`]: text });
  return table;
}

async function itemsOf(table: string) {
  return [...(await readAll(service.dynamodb, table, ['PK'])).values()];
}

it('deletes the seed that up inserted, and leaves an equal item that was there before', async () => {
  const table = await tableWith([mine]);
  expect((await service.run({ table })).error).toBeUndefined();
  expect((await service.ledger.runs(table))[0]?.counters).toMatchObject({ inserted: 1 });
  expect(await itemsOf(table)).toEqual(expect.arrayContaining([mine, fresh]));

  expect((await service.run({ table, direction: 'down' })).error).toBeUndefined();

  expect(await itemsOf(table)).toEqual([mine]);
  expect((await service.ledger.runs(table))[0]?.counters).toMatchObject({ deleted: 1 });
});

it('deletes no item of a version that was baselined', async () => {
  const table = await tableWith([mine, fresh]);
  await runForJson(service, 'baseline', table, '--to', '1');

  expect((await service.run({ table, direction: 'down' })).error).toBeUndefined();

  expect(await itemsOf(table)).toHaveLength(2);
});

it('inserts and deletes again after it was taken back', async () => {
  const table = await tableWith([]);
  for (let round = 0; round < 2; round++) {
    expect((await service.run({ table })).error).toBeUndefined();
    expect(await itemsOf(table)).toHaveLength(2);
    expect((await service.run({ table, direction: 'down' })).error).toBeUndefined();
    expect(await itemsOf(table)).toEqual([]);
  }
});

it('deletes seeds to which the version also added an attribute, also if the table holds nothing else', async () => {
  const table = await tableWith(
    [],
    `${file}\nexport const adds = ['w'];\nexport const transformUp = (item) => ({ ...item, w: item.v + 1 });`,
  );
  expect((await service.run({ table })).error).toBeUndefined();
  expect(await itemsOf(table)).toEqual(expect.arrayContaining([mine, fresh].map((item) => ({ ...item, w: { N: '2' } }))));

  expect((await service.run({ table, direction: 'down' })).error).toBeUndefined();

  expect(await itemsOf(table)).toEqual([]);
});
