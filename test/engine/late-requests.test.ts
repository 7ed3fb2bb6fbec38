import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** P5: a write that the network holds up, so that its worker gives up and sends it again, and that is delivered much later. */

const heldMs = 15_000;
const signatureLifetimeSeconds = 20;
const items: RawItem[] = Array.from({ length: 20 }, (_, n) => ({ id: { S: `i${n}` }, name: { S: `Grace ${n}` } }));
const before = new Map(items.map((item) => [JSON.stringify(item['id']), item]));
const adds = `export const sequence = 1;
export const adds = ['first'];
export const transformUp = (item) => ({ ...item, first: item.name.split(' ')[0] });`;
const moves = `export const sequence = 1;
export const inserts = true;
export const deletes = true;
export const transformUp = (item) => (item.id.startsWith('new:') ? undefined : [{ ...item, id: 'new:' + item.id }]);
export const transformDown = (item) => (item.id.startsWith('new:') ? [{ ...item, id: item.id.slice(4) }] : undefined);`;
const seeds = `export const sequence = 1;
export const seed = [{ id: 'seed', name: 'Seed' }];`;

let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService(
    {},
    {
      dynamodb: proxy.url,
      environment: {
        DYNAMODT_LEASE_MS: '1500',
        DYNAMODT_CONTROL_INTERVAL_MS: '300',
        DYNAMODT_SIGNATURE_LIFETIME: String(signatureLifetimeSeconds),
      },
    },
  );
});
afterEach(() => {
  proxy.before = () => {};
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

async function deployed(file: string): Promise<string> {
  const table = uniqueName('Late');
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  return table;
}

function isWrite(operation: string): boolean {
  return operation === 'BatchExecuteStatement' || operation === 'TransactWriteItems';
}

/** Holds the first write to the table. @returns resolves when it is delivered */
function holdFirstWrite(table: string): Promise<void> {
  return new Promise((delivered) => {
    let held = false;
    proxy.before = async ({ operation, text }) => {
      const names = operation === 'BatchExecuteStatement' ? [`UPDATE \\"${table}\\"`] : [`"TableName":"${table}"`, '"Put"'];
      if (held || !isWrite(operation) || !names.every((name) => text.includes(name))) return undefined;
      held = true;
      await setTimeout(heldMs);
      // DynamoDB does it meanwhile.
      void setTimeout(1000).then(delivered);
      return undefined;
    };
  });
}

it.each([
  ['an update', adds],
  ['a move', moves],
  ['a seed', seeds],
])('a held write finds no rolled-back table: %s', async (_, file) => {
  const table = await deployed(file);
  const delivered = holdFirstWrite(table);
  expect((await service.run({ table, totalSegments: 1 })).error).toBeUndefined();
  const upEndedAt = Date.now();

  const down = service.run({ table, direction: 'down', totalSegments: 1 });
  await expect
    .poll(
      async () => {
        const run = (await service.ledger.runs(table, 1))[0];
        return run && (await service.ledger.control(run.id))?.decision.kind;
      },
      { timeout: 20_000 },
    )
    .toBe('quiet');
  expect((await down).error).toBeUndefined();
  await delivered;

  expect(Date.now() - upEndedAt).toBeGreaterThan(heldMs - 6000);
  expect(await readAll(service.dynamodb, table)).toEqual(before);
});
