import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runForJson } from '../cli/command.ts';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** What functions insert by `insert()`: beside their items, in many transactions, and in other tables. */

let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService(
    {},
    { dynamodb: proxy.url, maxProcesses: 4, environment: { DYNAMODT_LEASE_MS: '1500', DYNAMODT_CONTROL_INTERVAL_MS: '200' } },
  );
});
afterEach(() => {
  proxy.before = () => {};
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

const header = `import { insert, remove } from 'dynamodt';\nexport const sequence = 1;\n`;
const unique = `${header}
export const inserts = { onExisting: 'fail' };
export const transformUp = (user) => (user.email ? [user, insert({ id: 'email#' + user.email, of: user.id })] : undefined);`;

function users(count: number): RawItem[] {
  return Array.from({ length: count }, (_, n) => ({ id: { S: `u${n}` }, email: { S: `${n}@navy.mil` } }));
}

function emailOf(n: number): RawItem {
  return { id: { S: `email#${n}@navy.mil` }, of: { S: `u${n}` } };
}

async function tableWith(items: readonly RawItem[], text: string) {
  const table = uniqueName('Others');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  await service.deploy({ [`${table}/v1.ts`]: text });
  return table;
}

async function itemsOf(table: string, key = 'id') {
  return new Map([...(await readAll(service.dynamodb, table, [key])).values()].map((item) => [item[key]?.S ?? '', item]));
}

async function countersOf(table: string) {
  return (await service.ledger.runs(table))[0]?.counters;
}

describe('companions without a mark', () => {
  it('are there for each item after a run, put back in a further one, and gone after the way back', async () => {
    const table = await tableWith(users(60), unique);

    expect((await service.run({ table })).error).toBeUndefined();
    expect(await countersOf(table)).toMatchObject({ changed: 60, inserted: 60, failed: 0 });
    const after = await itemsOf(table);
    expect(after.size).toBe(120);
    expect(after.get('email#7@navy.mil')).toEqual(emailOf(7));

    await service.dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { id: { S: 'email#7@navy.mil' } } }));
    await service.dynamodb.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { id: { S: 'email#8@navy.mil' } },
        UpdateExpression: 'SET verified = :true',
        ExpressionAttributeValues: { ':true': { BOOL: true } },
      }),
    );
    const again = await service.run({ table, again: 1 });
    expect(again).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
    expect((await itemsOf(table)).get('email#7@navy.mil')).toEqual(emailOf(7));
    const { document } = await runForJson(service, 'status', table, '--failures');
    expect(document).toMatchObject({ failures: [{ key: { id: 'u8' }, name: 'TargetExists', target: { id: 'email#8@navy.mil' } }] });

    expect((await service.run({ table, direction: 'down' })).error).toBeUndefined();
    expect(await countersOf(table)).toMatchObject({ deleted: 59, kept: 2, differing: 2 });
    expect((await itemsOf(table)).size).toBe(61);
  });

  it('cost a pass that finds them no write, and reads in batches', async () => {
    const table = await tableWith([...users(300), ...Array.from({ length: 300 }, (_, n) => emailOf(n))], unique);
    const operations: string[] = [];
    proxy.before = ({ operation, text }) => {
      if (text.includes(`"TableName":"${table}"`) || operation === 'BatchGetItem') operations.push(operation);
    };

    expect((await service.run({ table, totalSegments: 1 })).error).toBeUndefined();

    expect(await countersOf(table)).toMatchObject({ changed: 0, unchanged: 600, inserted: 0, writeUnits: 0 });
    expect(operations.filter((operation) => operation === 'TransactWriteItems')).toEqual([]);
    expect(operations.filter((operation) => operation === 'BatchGetItem').length).toBeLessThanOrEqual(20);
  });

  it('are merged by a function with what is there, under the condition that it still is so', async () => {
    const table = await tableWith(
      users(20),
      `${header}
export const inserts = { onExisting: (there, given) => ({ ...there, members: new Set([...(there.members ?? []), ...given.members]) }) };
export const transformUp = (user) => (user.email ? [user, insert({ id: 'all', members: new Set([user.id]) })] : undefined);`,
    );

    expect((await service.run({ table, totalSegments: 4 })).error).toBeUndefined();

    const { members } = (await itemsOf(table)).get('all') ?? {};
    expect(members?.SS?.toSorted()).toEqual(
      users(20)
        .map(({ id }) => id?.S)
        .toSorted(),
    );
  });
});

describe('250 children of an item', () => {
  const children = `${header}
export const inserts = true;
export const adds = ['split'];
export const transformUp = (order) => (order.lines && !order.split
  ? [{ ...order, split: true }, ...Array.from({ length: order.lines }, (_, n) => ({ id: order.id + '#' + n, line: n }))]
  : undefined);`;
  const orders: RawItem[] = ['o1', 'o2', 'o3', 'o4'].map((id) => ({ id: { S: id }, lines: { N: '250' } }));

  function whole(): Map<string, RawItem> {
    const all = orders.flatMap((order) => [
      { ...order, split: { BOOL: true } },
      ...Array.from({ length: 250 }, (_, n): RawItem => ({ id: { S: `${order['id']?.S}#${n}` }, line: { N: String(n) } })),
    ]);
    return new Map(all.map((item) => [item['id']?.S ?? '', item]));
  }

  it('are inserted in several transactions, and the parent is changed in the last', async () => {
    const table = await tableWith(orders.slice(0, 1), children);
    const sizes: number[] = [];
    proxy.before = ({ operation, body }) => {
      if (operation === 'TransactWriteItems' && JSON.stringify(body).includes(`"TableName":"${table}"`))
        sizes.push((body['TransactItems'] as unknown[]).length);
    };

    expect((await service.run({ table })).error).toBeUndefined();

    expect(sizes.reduce((sum, size) => sum + size - 1, 0)).toBe(250);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
    expect(await itemsOf(table)).toEqual(new Map([...whole()].filter(([id]) => id.startsWith('o1'))));
    expect(await countersOf(table)).toMatchObject({ changed: 1, inserted: 250 });
  });

  it('are all there once, after workers were killed between the transactions and the run was redriven', async () => {
    const table = await tableWith(orders, children);
    let kills = 0;
    let transactions = 0;
    proxy.before = ({ operation, text }) => {
      if (operation !== 'TransactWriteItems' || !text.includes(`"TableName":"${table}"`) || ++transactions % 2 !== 0 || kills >= 12) return;
      for (const { pid } of service.aws
        .functionProcesses()
        .filter(({ function: name, event }) => name.endsWith('transform-segment') && event !== undefined)) {
        kills++;
        process.kill(pid, 'SIGKILL');
      }
    };

    const executionArn = await service.start({ table, totalSegments: 2 });
    let ended = await service.ended(executionArn);
    for (let redrives = 0; ended.status === 'FAILED' && redrives < 5; redrives++) {
      await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
      ended = await service.ended(executionArn);
    }

    expect(kills).toBeGreaterThanOrEqual(4);
    expect(ended.error).toBeUndefined();
    expect(await itemsOf(table)).toEqual(whole());
  });
});

describe('other tables', () => {
  async function moving(text = '') {
    const emails = uniqueName('Emails');
    await createTable(service.dynamodb, emails, { address: 'S' });
    const table = await tableWith(
      users(200),
      `${header}
export const writes = ['${emails}'];
export const deletes = true;
export const transformUp = (user) => (user.email ? [remove(), insert({ address: user.email, of: user.id, note: user.note }, { table: '${emails}' })] : undefined);
${text}`.replace(', note: user.note', ', ...(user.note ? { note: user.note } : {})'),
    );
    return { table, emails };
  }

  it('get the items that move to them, none of which is lost or twice there, while the application writes both tables', async () => {
    const { table, emails } = await moving();
    let isOver = false;
    let writes = 0;
    const noted = new Map<string, string>();
    const application = (async () => {
      for (let n = 0; !isOver; n = (n + 7) % 200) {
        const note = `note ${writes++}`;
        const set = { UpdateExpression: 'SET note = :note', ExpressionAttributeValues: { ':note': { S: note } } };
        const write = (TableName: string, Key: RawItem, name: string) =>
          service.dynamodb
            .send(
              new UpdateItemCommand({
                TableName,
                Key,
                ...set,
                ConditionExpression: 'attribute_exists(#key)',
                ExpressionAttributeNames: { '#key': name },
              }),
            )
            .then(
              () => noted.set(`${n}@navy.mil`, note),
              () => undefined,
            );
        if (!(await write(table, { id: { S: `u${n}` } }, 'id'))) await write(emails, { address: { S: `${n}@navy.mil` } }, 'address');
      }
    })();

    const up = await service.run({ table, totalSegments: 4 });
    isOver = true;
    await application;

    expect(up.error).toBeUndefined();
    expect(writes).toBeGreaterThan(20);
    expect(await itemsOf(table)).toEqual(new Map());
    const moved = await itemsOf(emails, 'address');
    expect(moved.size).toBe(200);
    for (const [address, note] of noted) expect(moved.get(address)?.['note']).toEqual({ S: note });
    expect(await countersOf(table)).toMatchObject({ inserted: 200, deleted: 200, moved: 200, failed: 0 });
    expect((await countersOf(table))?.otherWriteUnits).toBeGreaterThanOrEqual(400);
  });

  it('keep what they have under the key, and the source stays with an error that names both', async () => {
    const { table, emails } = await moving();
    const theirs = { address: { S: '5@navy.mil' }, of: { S: 'somebody' } };
    await service.dynamodb.send(new PutItemCommand({ TableName: emails, Item: theirs }));

    expect(await service.run({ table })).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });

    expect([...(await itemsOf(table)).keys()]).toEqual(['u5']);
    expect((await itemsOf(emails, 'address')).get('5@navy.mil')).toEqual(theirs);
    const { document } = await runForJson(service, 'status', table, '--failures');
    expect(document).toMatchObject({
      failures: [{ key: { id: 'u5' }, name: 'TargetExists', target: { address: '5@navy.mil' }, targetTable: emails }],
    });
  });

  it('lose on the way back what is as it was inserted', async () => {
    const emails = uniqueName('Emails');
    await createTable(service.dynamodb, emails, { address: 'S' });
    const table = await tableWith(
      users(30),
      `${header}
export const writes = ['${emails}'];
export const adds = ['indexed'];
export const transformUp = (user) => [{ ...user, indexed: true }, insert({ address: user.email }, { table: '${emails}' })];`,
    );
    expect((await service.run({ table })).error).toBeUndefined();
    expect((await itemsOf(emails, 'address')).size).toBe(30);
    const theirs = { address: { S: '3@navy.mil' }, verified: { BOOL: true } };
    await service.dynamodb.send(new PutItemCommand({ TableName: emails, Item: theirs }));

    expect((await service.run({ table, direction: 'down' })).error).toBeUndefined();

    expect(await itemsOf(emails, 'address')).toEqual(new Map([['3@navy.mil', theirs]]));
    expect(await itemsOf(table)).toEqual(new Map(users(30).map((user) => [user['id']?.S ?? '', user])));
  });

  it('are refused at the start if they do not exist, or if a move of which there is no journal should be taken back', async () => {
    const missing = await tableWith(users(1), `${unique}\nexport const writes = ['NoSuchTable'];`);
    const { table } = await moving(`export const journal = 'none';\nexport const transformDown = (email) => email;`);

    const refused = await service.run({ table: missing });
    expect(refused).toMatchObject({ status: 'FAILED', error: 'InvalidTransformation' });
    expect(refused.errorMessage).toContain('"NoSuchTable" in writes, and there is no table of that name');
    expect((await service.run({ table })).error).toBeUndefined();
    expect(await service.run({ table, direction: 'down' })).toMatchObject({ error: 'Irreversible' });
  });

  it('are written within their own budget, and give moved items back by the journal', async () => {
    const { table, emails } = await moving();
    const started = performance.now();

    expect((await service.run({ table, writeUnits: 100 })).error).toBeUndefined();

    expect(performance.now() - started).toBeGreaterThan(3000);
    expect((await itemsOf(emails, 'address')).size).toBe(200);
    expect((await service.run({ table, direction: 'down' })).error).toBeUndefined();
    expect((await itemsOf(emails, 'address')).size).toBe(0);
    expect([...(await itemsOf(table)).values()]).toEqual(expect.arrayContaining(users(200)));
  });
});
