import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** Each example of the repository goes up while its workers are killed, is verified, and goes down again. */

function text(S: string) {
  return { S };
}

const users = Array.from(
  { length: 150 },
  (_, n): RawItem => ({ id: text(`u${n}`), ...(n % 10 === 0 ? {} : { fullName: text(`Given${n} Family ${n}`) }) }),
);
const orders = Array.from({ length: 120 }, (_, n): RawItem[] => [
  {
    pk: text(`order-${n}`),
    sk: text(`ORDER#${n}`),
    ...(n % 7 === 0 ? {} : { GSI1PK: text(`C#${n % 5}`) }),
    ...(n % 3 === 0 ? {} : { tenantId: text(`t${n % 4}`) }),
    ...(n % 4 === 0 ? {} : { runner: text(`bike-${n}`) }),
    state: text('open'),
    day: text('2026-01-02'),
    total: { N: '12345678901234567890.123456789' },
  },
  { pk: text(`order-${n}`), sk: text(`NOTE#${n % 12}`), words: { SS: ['a', 'b'] } },
  { pk: text(`order-${n}`), sk: text(`COUNTER#${n}`), views: { N: String(n) } },
]).flat();

let service: Service;
const usersTable = uniqueName('Users');
const ordersTable = uniqueName('Orders');

beforeAll(async () => {
  const files: Record<string, string> = {};
  for (const [folder, table] of [
    ['Users', usersTable],
    ['Orders', ordersTable],
  ] as const)
    for (const name of await readdir(join(packageRoot, 'transformations', folder)))
      files[`${table}/${name}`] = await readFile(join(packageRoot, 'transformations', folder, name), 'utf8');
  service = await startService(files, { maxProcesses: 4 });
  await createTable(service.dynamodb, usersTable);
  await createTable(service.dynamodb, ordersTable, { pk: 'S', sk: 'S' });
  await putAll(service.dynamodb, usersTable, users);
  await putAll(service.dynamodb, ordersTable, orders);
});
afterAll(() => service?.close());

/** Starts a run and kills some of its workers in the middle of their work. */
async function runInterrupted(input: object) {
  const execution = await service.start(input);
  let running = true;
  const result = service.ended(execution).finally(() => {
    running = false;
  });
  let kills = 0;
  while (running && kills < 3) {
    const worker = service.aws
      .functionProcesses()
      .find(({ function: name, event }) => name.endsWith('transform-segment') && event !== undefined);
    if (worker) {
      process.kill(worker.pid, 'SIGKILL');
      kills++;
    }
    await setTimeout(worker ? 40 : 5);
  }
  expect(await result).toMatchObject({ status: 'SUCCEEDED' });
  expect(kills).toBe(3);
}

async function counters(table: string) {
  return (await service.ledger.runs(table))[0]?.counters;
}

describe('Users', () => {
  const read = () => readAll(service.dynamodb, usersTable);

  it('inserts users, adds a number and splits names, over killed workers', async () => {
    await runInterrupted({ table: usersTable, totalSegments: 6 });

    const after = await read();
    expect(after.size).toBe(users.length + 3);
    for (const user of [...users, { id: text('user-ada'), fullName: text('Ada Lovelace'), email: text('ada@example.com') }]) {
      const { randomNumber, firstName, lastName, ...rest } = after.get(JSON.stringify(user['id'])) ?? {};
      expect(rest).toEqual(user);
      const [first, ...others] = user['fullName']?.S?.split(' ') ?? [];
      expect([firstName?.S, lastName?.S]).toEqual(first ? [first, others.join(' ')] : [undefined, undefined]);
      expect(randomNumber?.N !== undefined).toBe(first !== undefined);
    }
  });

  it('goes back over killed workers, but keeps what the application changed meanwhile', async () => {
    const client = service.dynamodb;
    const update = {
      TableName: usersTable,
      UpdateExpression: 'SET firstName = :new',
      ExpressionAttributeValues: { ':new': text('Newer') },
    };
    await client.send(new UpdateItemCommand({ ...update, Key: { id: text('u5') } }));
    await client.send(new UpdateItemCommand({ ...update, Key: { id: text('user-ada') } }));
    await client.send(new DeleteItemCommand({ TableName: usersTable, Key: { id: text('user-alan') } }));

    await runInterrupted({ table: usersTable, direction: 'down', to: 0 });

    const expected = new Map(users.map((user) => [JSON.stringify(user['id']), user]));
    expected.set(JSON.stringify(text('u5')), { ...users[5], firstName: text('Newer') } as RawItem);
    expected.set(JSON.stringify(text('user-ada')), {
      id: text('user-ada'),
      fullName: text('Ada Lovelace'),
      email: text('ada@example.com'),
      firstName: text('Newer'),
    });
    expect(await read()).toEqual(expected);
  });

  it('does not bring a seed back that the application deleted, when the version is swept again', async () => {
    expect((await service.run({ table: usersTable, to: 1 })).status).toBe('SUCCEEDED');
    await service.dynamodb.send(new DeleteItemCommand({ TableName: usersTable, Key: { id: text('user-grace') } }));

    expect((await service.run({ table: usersTable, again: 1 })).status).toBe('SUCCEEDED');

    const after = await read();
    expect(after.has(JSON.stringify(text('user-alan')))).toBe(true);
    expect(after.has(JSON.stringify(text('user-grace')))).toBe(false);
  });
});

describe('Orders', () => {
  const read = () => readAll(service.dynamodb, ordersTable, ['pk', 'sk']);
  const keyOf = (item: RawItem) => `${JSON.stringify(item['pk'])},${JSON.stringify(item['sk'])}`;
  const asMap = (items: readonly RawItem[]) => new Map(items.map((item) => [keyOf(item), item]));

  it('composes a key, renames an attribute in two versions, moves notes and deletes counters, over killed workers', async () => {
    await runInterrupted({ table: ordersTable, totalSegments: 6 });

    const expected = orders.flatMap((item): RawItem[] => {
      const sk = item['sk']?.S ?? '';
      if (sk.startsWith('COUNTER#')) return [];
      if (sk.startsWith('NOTE#')) return [{ ...item, sk: text(`ORDER_NOTE#${sk.slice(5).padStart(4, '0')}`) }];
      const { runner, ...order } = item;
      const indexed = item['GSI1PK'] && item['tenantId'];
      return [
        {
          ...order,
          ...(runner ? { courier: runner } : {}),
          ...(indexed ? { GSI4PK: text(`TENANT#${item['tenantId']?.S}`), GSI4SK: text('open#2026-01-02') } : {}),
        },
      ];
    });
    expect(await read()).toEqual(asMap(expected));
  });

  it('finds nothing to do when each version is swept again', async () => {
    for (const again of [1, 2, 3, 4, 5]) {
      expect(await service.run({ table: ordersTable, again })).toMatchObject({ status: 'SUCCEEDED' });
      expect(await counters(ordersTable)).toMatchObject({ changed: 0, failed: 0, writeUnits: 0 });
    }
  });

  it('goes back over killed workers; counters begin at zero', async () => {
    await runInterrupted({ table: ordersTable, direction: 'down', to: 0 });

    const expected = orders.map((item): RawItem => {
      const sk = item['sk']?.S ?? '';
      if (sk.startsWith('COUNTER#')) return { ...item, views: { N: '0' } };
      return sk.startsWith('ORDER#') ? { ...item, counted: { BOOL: true } } : item;
    });
    expect(await read()).toEqual(asMap(expected));
  });
});
