import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkExports } from '../../core/transformation/check-exports.ts';
import type { Item, TransformResult } from '../../core/transformation/contract.ts';
import { OneProcessService } from '../support/one-process-service.ts';
import { createTable, putAll, type RawItem, readAll, uniqueName } from '../support/service.ts';

const count = 60;
let client: DynamoDBClient;
let service: OneProcessService;

beforeAll(async () => {
  const endpoint = process.env['DYNAMODB_URL'] ?? '';
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const settings: DynamoDBClientConfig = { endpoint, region: 'us-east-1', credentials };
  client = new DynamoDBClient(settings);
  service = await OneProcessService.start(endpoint);
});
afterAll(() => client.destroy());

/** A quarter of the items each is deleted, overwritten, moved, and left as it is. */
function transformUp(item: Item): TransformResult {
  const n = Number(item['n']);
  if (item['more'] !== undefined || n % 4 === 3) return item;
  if (n % 4 === 0) return [];
  const { old: _, ...rest } = item;
  const changed = { ...rest, text: `new ${item['text']}`, more: n };
  return n % 4 === 1 ? changed : { ...changed, id: `${item['id']}-moved` };
}

it('brings each item back as it was, or as the application left it, over workers and executions that die', async () => {
  const table = uniqueName('Undone');
  await createTable(client, table);
  const items: RawItem[] = Array.from({ length: count }, (_, n) => ({
    id: { S: `u${n}` },
    n: { N: String(n) },
    text: { S: `text of ${n}` },
    old: { B: new Uint8Array([0, n]) },
  }));
  await putAll(client, table, items);
  const exported = { sequence: 1, adds: ['more'], overwrites: ['text'], removes: ['old'], inserts: true, deletes: true, transformUp };
  const file = `${table}/v1.ts`;
  service.publish({ [table]: table }, table, { file, transformation: checkExports(exported, file) });
  const application = new Application(table, items);

  await service.run({ table, totalSegments: 2 }, { before: application.write, deathsAt: [5, 11, 18, 24] });
  expect(service.deaths).toBe(4);
  await application.write();
  const changed = await readAll(client, table);
  await expect(service.run({ table, direction: 'down', dryRun: true })).rejects.toMatchObject({ name: 'InvalidInput' });
  const { counters } = await service.run({ table, direction: 'down' }, { before: application.write, deathsAt: [2, 5] });

  expect(service.deaths).toBe(2);
  expect(changed.size).toBeLessThan(count);
  expect(application.done).toBeGreaterThan(20);
  expect(counters).toMatchObject({ failed: 0, contended: 0 });
  expect(counters.changed).toBeGreaterThan(count / 4);
  expect(counters.differing).toBeGreaterThan(0);
  expect(await readAll(client, table)).toEqual(application.items);
  await expect(service.run({ table, direction: 'down' })).rejects.toThrow('nothingToDo');
});

it('counts what it moves back as moved', async () => {
  const table = uniqueName('MovedBack');
  await createTable(client, table);
  await putAll(client, table, [
    { id: { S: 'u1' }, n: { N: '2' } },
    { id: { S: 'u2' }, n: { N: '0' } },
  ]);
  const before = await readAll(client, table);
  const exported = { sequence: 1, adds: ['more'], overwrites: ['text'], removes: ['old'], inserts: true, deletes: true, transformUp };
  const file = `${table}/v1.ts`;
  service.publish({ [table]: table }, table, { file, transformation: checkExports(exported, file) });

  const up = await service.run({ table });
  const down = await service.run({ table, direction: 'down' });

  expect(up.counters).toMatchObject({ changed: 2, inserted: 1, deleted: 2, moved: 1 });
  expect(down.counters).toMatchObject({ changed: 2, inserted: 2, deleted: 1, moved: 1 });
  expect(await readAll(client, table)).toEqual(before);
});

/** Writes the items that it knows, each by its key, on condition that it exists. */
class Application {
  readonly items: Map<string, RawItem>;
  done = 0;
  readonly #table: string;
  #next = 0;

  constructor(table: string, items: readonly RawItem[]) {
    this.#table = table;
    this.items = new Map(items.map((item) => [JSON.stringify(item['id']), item]));
  }

  /** Two writes, of values that nobody else writes. It deletes only what the version does not, as that cannot be told apart. */
  readonly write = async (): Promise<void> => {
    for (let writes = 0; writes < 2; writes++) {
      const number = this.#next++;
      const n = (number * 37) % count;
      const key = { id: { S: `u${n}` } };
      const known = this.items.get(JSON.stringify(key.id));
      if (!known) continue;
      const name = ['text', 'own', 'old'][number % 3] ?? 'own';
      const value = { S: `app-${number}` };
      const isDeleted = number % 9 === 0 && n % 2 === 1;
      const request = { TableName: this.#table, Key: key, ConditionExpression: 'attribute_exists(id)' };
      try {
        if (isDeleted) await client.send(new DeleteItemCommand(request));
        else {
          const names = { UpdateExpression: 'SET #n = :v', ExpressionAttributeNames: { '#n': name } };
          await client.send(new UpdateItemCommand({ ...request, ...names, ExpressionAttributeValues: { ':v': value } }));
        }
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) continue;
        throw error;
      }
      this.done++;
      if (isDeleted) this.items.delete(JSON.stringify(key.id));
      else this.items.set(JSON.stringify(key.id), { ...known, [name]: value });
    }
    await sleep(0);
  };
}
