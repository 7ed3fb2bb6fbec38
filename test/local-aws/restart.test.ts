import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

it('rolls back by what was prepared before a restart, over a DynamoDB that stays', async () => {
  const [table, name] = [uniqueName('Users'), uniqueName('restart').toLowerCase()];
  const data = await mkdtemp(join(tmpdir(), 'local-data-test-'));
  closing.push(() => rm(data, { recursive: true, force: true }));
  const users: RawItem[] = Array.from({ length: 20 }, (_, index) => ({ id: { S: `u${index}` }, plan: { S: 'pro' } }));
  const file = `
export const sequence = 1;
export const overwrites = ['plan'];
export const prepare = async () => ({ pro: 'p', p: 'pro' });
export const transformUp = (item, { preparation }) => (item.plan === 'pro' ? { ...item, plan: preparation.pro } : item);
export const transformDown = (item, { preparation }) => (item.plan === 'p' ? { ...item, plan: preparation.p } : item);`;
  const start = async (): Promise<Service> => {
    const service = await startService({ [`${table}/v1.js`]: file }, { name, data });
    closing.push(() => service.close());
    return service;
  };
  const first = await start();
  await createTable(first.dynamodb, table);
  await putAll(first.dynamodb, table, users);
  expect(await first.run({ table })).toMatchObject({ status: 'SUCCEEDED' });
  expect((await readAll(first.dynamodb, table)).get('{"S":"u1"}')).toMatchObject({ plan: { S: 'p' } });
  await first.close();

  const second = await start();
  const down = await second.run({ table, direction: 'down' });

  expect(down).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
  expect([...(await readAll(second.dynamodb, table)).values()]).toEqual(expect.arrayContaining(users));
});
