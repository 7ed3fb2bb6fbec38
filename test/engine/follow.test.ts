import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFollow } from '../../aws/ledger/follow/follow-reader.ts';
import type { Json } from '../../local/json.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** Promises P1, P3, P4 and P5 for what follows a table's stream. Leases are short, so that nobody waits for them. */

const table = uniqueName('Followed');
const files = {
  [`${table}/v1.js`]: `export const sequence = 1;
export const adds = ['twice'];
export const transformUp = (item) => (item.n === undefined ? undefined : { ...item, twice: 2 * item.n });`,
  [`${table}/v2.js`]: `export const sequence = 2;
export const removes = ['old'];
export const transformUp = ({ old, ...item }) => (item.twice === undefined ? undefined : item);
export const transformDown = (item) => (item.old === undefined && item.n !== undefined ? { ...item, old: String(item.n) } : undefined);`,
};

/** All events that the follower was invoked with. */
const events: Json[] = [];
let service: Service;

beforeAll(async () => {
  service = await startService(files, {
    follow: { [table]: true },
    environment: { DYNAMODT_FOLLOW_LEASE: '1' },
    throttle: (name, event) => {
      if (name === 'follow-stream') events.push(JSON.parse(JSON.stringify(event)));
      return false;
    },
  });
});
afterAll(() => service?.close());

function oldShape(id: string, n: number): RawItem {
  return { id: { S: id }, n: { N: String(n) }, old: { S: String(n) } };
}

function newShape(id: string, n: number): RawItem {
  return { id: { S: id }, n: { N: String(n) }, twice: { N: String(2 * n) } };
}

/** With v1, which stays, and without v2. */
function firstShape(id: string, n: number): RawItem {
  return { ...oldShape(id, n), ...newShape(id, n) };
}

/** Below what the follower may write by its default budget, so that the stream does not fall behind, however fast the machine is. */
const betweenWritesMs = 25;

/** A batch job with code from before v1. It knows what it wrote last under each key. */
class OldWriter {
  readonly written = new Map<string, number>();
  #running: Promise<void> | undefined;
  #isStopped = false;
  #count = 0;

  start(): void {
    this.#isStopped = false;
    this.#running = this.#write();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  get count(): number {
    return this.#count;
  }

  items(shape: (id: string, n: number) => RawItem): Map<string, RawItem> {
    return new Map([...this.written].map(([id, n]) => [JSON.stringify({ S: id }), shape(id, n)]));
  }

  async #write(): Promise<void> {
    while (!this.#isStopped) {
      const n = ++this.#count;
      const id = `i${(n * 7) % 60}`;
      await service.dynamodb.send(new PutItemCommand({ TableName: table, Item: oldShape(id, n) }));
      this.written.set(id, n);
      await sleep(betweenWritesMs);
    }
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** Waits until the follower has done with what was written so far: batches of a shard come one after the other. */
async function caughtUp(): Promise<void> {
  for (const part of ['first', 'second']) {
    const id = `mark-${part}-${events.length}`;
    await service.dynamodb.send(new PutItemCommand({ TableName: table, Item: { id: { S: id } } }));
    marks.set(JSON.stringify({ S: id }), { id: { S: id } });
    await until(() => JSON.stringify(events).includes(id));
  }
}

/** Items without `n`, which both versions leave. */
const marks = new Map<string, RawItem>();

/** Keys whose items are not as expected, of the whole table. */
async function differences(expected: ReadonlyMap<string, RawItem>): Promise<string[]> {
  const [found, wanted] = [await readAll(service.dynamodb, table), new Map([...expected, ...marks])];
  const ids = new Set([...found.keys(), ...wanted.keys()]);
  return [...ids].filter((id) => JSON.stringify(sorted(found.get(id))) !== JSON.stringify(sorted(wanted.get(id))));
}

function sorted(item: RawItem = {}): [string, unknown][] {
  return Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1));
}

function killFollower(): boolean {
  const atWork = service.aws.functionProcesses().filter(({ function: name, event }) => name === 'follow-stream' && event !== undefined);
  for (const { pid } of atWork) process.kill(pid, 'SIGKILL');
  return atWork.length > 0;
}

it('keeps a table in the new shape beside an old writer, also if the follower is killed, and nothing of a version appears after its down', async () => {
  const writer = new OldWriter();
  await createTable(service.dynamodb, table);
  for (let n = -40; n < 0; n++) writer.written.set(`s${-n}`, n);
  await putAll(service.dynamodb, table, [...writer.items(oldShape).values()]);
  expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });

  writer.start();
  await until(() => events.length >= 3);
  for (let kills = 0; kills < 3; ) {
    if (killFollower()) kills++;
    await sleep(50);
  }
  await writer.stop();
  await until(async () => (await differences(writer.items(newShape))).length === 0);
  const { versions, failed } = await readFollow(service.dynamodb, `${service.name}-ledger`, table, '');
  expect(failed).toEqual([]);
  expect(versions.map(({ sequence, changed }) => [sequence, changed > 0])).toEqual([
    [1, true],
    [2, true],
  ]);

  // Records come at least once, also late.
  for (const event of events.slice(0, 3)) await service.aws.invoke('follow-stream', event);
  expect(await differences(writer.items(newShape))).toEqual([]);

  writer.start();
  const before = writer.count;
  const down = await service.run({ table, direction: 'down' });
  expect(down).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
  expect(writer.count).toBeGreaterThan(before);
  await writer.stop();
  await caughtUp();
  for (const event of events.slice(-5)) await service.aws.invoke('follow-stream', event);
  expect(await differences(writer.items(firstShape))).toEqual([]);
});
