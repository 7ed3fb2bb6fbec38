import { setTimeout as sleep } from 'node:timers/promises';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type LiveApplicationOptions, startLiveApplication } from '../../demo/application/live-application.ts';
import { blindWriteBack } from '../../demo/blind-write-back.ts';
import { sameItem } from '../../demo/same-value.ts';
import type { Shape } from '../../demo/shape.ts';
import { verifyTable } from '../../demo/verify-table.ts';
import { readAll, splitName, testClient, transformSafely, user, usersApplication, usersTable } from './users.ts';

let client: DynamoDBClient;
beforeAll(() => {
  client = testClient();
});
afterAll(() => client.destroy());

/** A table of as many users, dropped when the test is over. */
async function tableOf(count: number) {
  const users = await usersTable(client, count);
  onTestFinished(async () => {
    await users.drop();
  });
  return users;
}

function start(users: { table: string; items: LiveApplicationOptions['items'] }, options: Partial<LiveApplicationOptions> = {}) {
  return startLiveApplication({ client, description: usersApplication(users.table), items: users.items, ...options });
}

function verify(application: ReturnType<typeof start>, table: string, shapes: readonly Shape[]) {
  return verifyTable(client, {
    table,
    keyAttributes: ['id'],
    model: application.model,
    declared: splitName.adds,
    newShape: (item) => (shapes.includes(splitName) ? splitName.of(item) : {}),
  });
}

describe('the live application', () => {
  it('knows the whole table without reading it, after operations of every kind', async () => {
    const users = await tableOf(200);
    const application = start(users);

    await sleep(1500);
    await application.stop();

    const { operations, total, p99, surprises } = application.lap();
    for (const count of Object.values(operations)) expect(count).toBeGreaterThan(0);
    expect(total).toBeGreaterThan(100);
    expect(p99).toBeGreaterThan(0);
    expect(surprises).toBe(0);
    expect(await verify(application, users.table, [])).toMatchObject({ ok: true, items: application.model.items.size, uncertain: 0 });
  });

  it('agrees with a table that a careful transformation changed meanwhile', async () => {
    const users = await tableOf(200);
    const application = start(users, { operationsPerSecond: 200 });
    await sleep(300);

    await application.deploy([splitName]);
    await transformSafely(client, users.table);
    await transformSafely(client, users.table);
    await application.stop();

    const verification = await verify(application, users.table, [splitName]);
    expect(verification).toMatchObject({ ok: true, itemsWithNewShape: application.model.items.size });
    expect(application.surprises).toEqual([]);
  });

  it('shows what a script that scans and puts back has overwritten and brought back', async () => {
    const users = await tableOf(1000);
    const application = start(users, { shapes: [splitName] });

    await blindWriteBack(client, users.table, (item) => ({ ...item, ...splitName.of(item) }));
    await application.stop();

    const verification = await verify(application, users.table, [splitName]);
    expect(verification.ok).toBe(false);
    expect(verification.lostUpdates.count).toBeGreaterThan(0);
    expect(verification.resurrectedItems.count).toBeGreaterThan(0);
  });

  it('writes nothing while it is paused', async () => {
    const users = await tableOf(100);
    const application = start(users);
    await sleep(200);

    await application.pause();
    const then = await readAll(client, users.table);
    application.lap();
    await sleep(200);
    const now = await readAll(client, users.table);

    expect(application.lap().total).toBe(0);
    expect(now.length).toBe(then.length);
    expect(now.every((item, n) => sameItem(item, then[n] ?? {}))).toBe(true);
    application.resume();
    await sleep(200);
    expect(application.lap().total).toBeGreaterThan(0);
    await application.stop();
  });

  it('keeps the new attributes in step with the old ones once code that knows them is deployed', async () => {
    const users = await tableOf(20);
    const application = start(users);
    await sleep(200);
    expect((await readAll(client, users.table)).some(({ firstName }) => firstName)).toBe(false);

    await application.deploy([splitName]);
    await sleep(1000);
    await application.stop();

    const renamed = (await readAll(client, users.table)).filter(({ firstName }) => firstName);
    expect(renamed.length).toBeGreaterThan(0);
    for (const item of renamed) expect(item).toMatchObject(splitName.of(item));
  });

  it('sends a throttled write again, and leaves a key alone when it cannot know the outcome', async () => {
    const users = await tableOf(200);
    const faulty = testClient();
    let request = 0;
    faulty.middlewareStack.add(
      (next) => async (args) => {
        request += 1;
        if (request % 10 === 3) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
        const answer = await next(args);
        if (request % 50 === 7) throw Object.assign(new Error('connection lost'), { name: 'TimeoutError' });
        return answer;
      },
      { step: 'build' },
    );
    const application = start(users, { client: faulty, writers: 4 });

    await sleep(1500);
    await application.stop();

    expect(application.model.uncertain.size).toBeGreaterThan(0);
    expect(application.surprises).toEqual([]);
    expect(await verify(application, users.table, [])).toMatchObject({ ok: true, uncertain: application.model.uncertain.size });
    faulty.destroy();
  });

  it('fails with the cause when its table is gone', async () => {
    const application = start({ table: 'Nowhere', items: [user(1)] });

    await sleep(200);

    await expect(application.stop()).rejects.toThrow('non-existent table');
  });

  it('takes it as a surprise when a key it deleted is there again', async () => {
    const users = await tableOf(1);
    const [only] = users.items;
    const description = usersApplication(users.table);
    const operations = description.operations.filter(({ kind }) => kind === 'delete' || kind === 'reinsert');
    const application = start(users, { description: { ...description, operations }, writers: 1, operationsPerSecond: 20 });
    for (;;) {
      await application.pause();
      if (application.model.deleted.size > 0) break;
      application.resume();
      await sleep(10);
    }

    await client.send(new PutItemCommand({ TableName: users.table, Item: only }));
    application.resume();
    await sleep(300);
    await application.stop();

    expect(application.surprises[0]).toMatch(/^return of .*user-0/);
  });
});
