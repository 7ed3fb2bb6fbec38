import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFollow } from '../../aws/ledger/follow/follow-reader.ts';
import type { Json } from '../../local/json.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** Promises P1, P3, P4 and P5 for what follows a table's stream. Leases are short, so that nobody waits for them. */

const table = uniqueName('Followed');
const busy = uniqueName('Busy');
const files = {
  [`${table}/v1.js`]: `export const sequence = 1;
export const adds = ['twice'];
export const transformUp = (item) => (item.n === undefined ? undefined : { ...item, twice: 2 * item.n });`,
  [`${table}/v2.js`]: `export const sequence = 2;
export const removes = ['old'];
export const transformUp = ({ old, ...item }) => (item.twice === undefined ? undefined : item);
export const transformDown = (item) => (item.old === undefined && item.n !== undefined ? { ...item, old: String(item.n) } : undefined);`,
  [`${busy}/v1.js`]: `export const sequence = 1;
export const adds = ['twice'];
export const transformUp = (item) => ({ ...item, twice: 2 * item.n });`,
};

/** All events that the follower was invoked with. */
const events: Json[] = [];
let service: Service;

beforeAll(async () => {
  service = await startService(files, {
    follow: { [table]: true, [busy]: { units: 1000, concurrency: 1 } },
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
  readonly #table: string;
  readonly #pauseMs: number;
  readonly #keys: number;
  #running: Promise<void> | undefined;
  #isStopped = false;
  #count = 0;

  constructor(of = table, pauseMs = betweenWritesMs, keys = 60) {
    this.#table = of;
    this.#pauseMs = pauseMs;
    this.#keys = keys;
  }

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
      const id = `i${(n * 7) % this.#keys}`;
      await service.dynamodb.send(new PutItemCommand({ TableName: this.#table, Item: oldShape(id, n) }));
      this.written.set(id, n);
      await sleep(this.#pauseMs);
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
async function differences(expected: ReadonlyMap<string, RawItem>, of = table): Promise<string[]> {
  const [found, wanted] = [await readAll(service.dynamodb, of), new Map([...expected, ...(of === table ? marks : [])])];
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
  const found = () => readFollow(service.dynamodb, `${service.name}-ledger`, table, '');
  // What a killed follower had brought up may not be counted.
  await until(async () => (await found()).versions.map(({ sequence }) => sequence).join() === '1,2');
  await writer.stop();
  await until(async () => (await differences(writer.items(newShape))).length === 0);
  expect((await found()).failed).toEqual([]);

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

it('applies a version beside old code that writes about a hundred items a second, and brings all of them up', async () => {
  const writer = new OldWriter(busy, 10, 300);
  await createTable(service.dynamodb, busy);
  for (let n = -1500; n < 0; n++) writer.written.set(`s${-n}`, n);
  await putAll(service.dynamodb, busy, [...writer.items(oldShape).values()]);
  const both = (id: string, n: number): RawItem => ({ ...oldShape(id, n), ...newShape(id, n) });

  writer.start();
  expect(await service.run({ table: busy, totalSegments: 2 })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
  const [version] = await service.ledger.versions(busy);
  await writer.stop();

  expect(version).toMatchObject({ status: 'applied', leftToFollower: expect.any(Number) });
  await until(async () => (await differences(writer.items(both), busy)).length === 0);
});
