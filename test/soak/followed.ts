import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { writeItems } from '../../demo/application/write-items.ts';
import type { Random } from '../../demo/pseudo-random.ts';

/** What v1 writes depends on `n`, which old code writes alone, so that `twice` is one that it overwrites; v2 removes what old code writes again and again. */
export const followedTransformations = {
  'v1.ts': `export const sequence = 1;
export const overwrites = ['twice'];
export const transformUp = (item) => (item.n === undefined ? undefined : { ...item, twice: 2 * item.n });
export const transformDown = ({ twice, ...item }) => item;
`,
  'v2.ts': `export const sequence = 2;
export const removes = ['old'];
export const transformUp = ({ old, ...item }) => (item.twice === undefined ? undefined : item);
export const transformDown = (item) => (item.old === undefined && item.n !== undefined ? { ...item, old: String(item.n) } : undefined);
`,
};

/** What is wrong with the table, by the writers' own histories. */
export interface FollowedFindings {
  /** Items of which an acknowledged write is not in the table. */
  lost: string[];
  /** Items that were deleted, and are back. */
  resurrected: string[];
  /** Items that have all writes and not the shape of the applied versions. */
  otherShape: string[];
}

type Stored = Record<string, { S: string } | { N: string }>;

/** What the writers last wrote of an item; undefined if they deleted it. `n` is undefined for items that no version is about. */
interface Written {
  n?: number;
  hits: number;
}

/** A run up ends with a pass that finds nothing of the old shape, so old code that never rests keeps it from its end. */
const burstMs = 5000;

/** Each of the kinds of items that are written. */
const perKind = 30;

/**
 * Writers of a followed table. Each value is written once, so that it is known whose value is there.
 *
 * - The old writer has the code of before v1. It puts whole items (`w…`), deletes them and puts them again, sets attributes of items that the
 *   application counts in (`s…`), and puts items that the application soon deletes (`d…`).
 * - The application counts, and deletes.
 * - Nobody writes the others (`q…`).
 */
export class Followed {
  /** Acknowledged writes of the old writer, and of the application. */
  oldWrites = 0;
  applicationWrites = 0;
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #random: Random;
  readonly #writesPerSecond: number;
  readonly #written = new Map<string, Written | undefined>();
  /** Keys of items that the application is to delete. */
  readonly #deletable: string[] = [];
  #writing: Promise<unknown> = Promise.resolve();
  #isPaused = true;
  #values = 0;
  #marks = 0;

  /**
   * @param client with `maxAttempts: 1`
   * @param writesPerSecond max, of each writer. Below the units of the follower: otherwise the stream falls behind without an end
   */
  constructor(client: DynamoDBClient, table: string, random: Random, writesPerSecond: number) {
    this.#client = client;
    this.#table = table;
    this.#random = random;
    this.#writesPerSecond = writesPerSecond;
  }

  /** @param quiet items that nobody writes afterwards */
  async createTable(quiet: number): Promise<void> {
    await this.#client.send(
      new CreateTableCommand({
        TableName: this.#table,
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
      }),
    );
    await waitUntilTableExists({ client: this.#client, maxWaitTime: 60, minDelay: 1 }, { TableName: this.#table });
    const ids = [
      ...Array.from({ length: quiet }, (_, index) => `q${index}`),
      ...['w', 's'].flatMap((kind) => Array.from({ length: perKind }, (_, index) => `${kind}${index}`)),
    ];
    for (const id of ids) this.#written.set(id, { n: ++this.#values, hits: 0 });
    await writeItems(
      this.#client,
      this.#table,
      ids.map((id) => shapeAt(0, id, this.#written.get(id) ?? { hits: 0 })),
    );
  }

  resume(): void {
    this.#isPaused = false;
    this.#writing = Promise.all([this.#repeat(() => this.#oldWrite(), burstMs), this.#repeat(() => this.#applicationWrite())]);
    // Reported by pause; until then it must not end the process.
    this.#writing.catch(() => {});
  }

  /** Resolves when nothing is being written. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    await this.#writing;
  }

  /** Puts an item that no version changes. @returns its key */
  async mark(): Promise<string> {
    const id = `m${++this.#marks}`;
    await this.#client.send(new PutItemCommand({ TableName: this.#table, Item: { id: { S: id } } }));
    this.#written.set(id, { hits: 0 });
    return id;
  }

  /** Compares the whole table. @param level the highest version that is applied */
  async verify(level: number): Promise<FollowedFindings> {
    const findings: FollowedFindings = { lost: [], resurrected: [], otherShape: [] };
    const found = new Map<string, unknown>();
    for await (const { Items = [] } of paginateScan({ client: this.#client }, { TableName: this.#table, ConsistentRead: true }))
      for (const item of Items) found.set(item['id']?.S ?? '', item);
    for (const [id, written] of this.#written) {
      const item = found.get(id);
      if (!written) {
        if (item !== undefined) findings.resurrected.push(id);
      } else if (!hasWrites(item, written)) findings.lost.push(id);
      else if (!isDeepStrictEqual(item, shapeAt(level, id, written))) findings.otherShape.push(`${id}: ${JSON.stringify(item)}`);
    }
    for (const id of found.keys()) if (!this.#written.has(id)) findings.resurrected.push(id);
    return findings;
  }

  /** @param burst after up to this time, in milliseconds, the writer is silent for up to three times as long */
  async #repeat(write: () => Promise<void>, burst = Number.POSITIVE_INFINITY): Promise<void> {
    for (let until = performance.now() + burst * this.#random(); !this.#isPaused; ) {
      await write();
      await sleep((2000 * this.#random()) / this.#writesPerSecond);
      if (performance.now() < until) continue;
      const silentUntil = performance.now() + 3 * burst * this.#random();
      while (!this.#isPaused && performance.now() < silentUntil) await sleep(50);
      until = performance.now() + burst * this.#random();
    }
  }

  async #oldWrite(): Promise<void> {
    const n = ++this.#values;
    const roll = this.#random();
    if (roll < 0.4) await this.#set(this.#anyOf('s'), n);
    else if (roll < 0.5) await this.#put(`d${n}`, n);
    else {
      const id = this.#anyOf('w');
      if (roll < 0.6) await this.#delete(id);
      else await this.#put(id, n);
    }
    this.oldWrites++;
  }

  async #applicationWrite(): Promise<void> {
    const id = this.#random() < 0.3 ? this.#deletable.shift() : undefined;
    if (id === undefined) await this.#count(this.#anyOf('s'));
    else await this.#delete(id);
    this.applicationWrites++;
  }

  #anyOf(kind: string): string {
    return `${kind}${Math.floor(this.#random() * perKind)}`;
  }

  async #put(id: string, n: number): Promise<void> {
    const written = { n, hits: 0 };
    await this.#client.send(new PutItemCommand({ TableName: this.#table, Item: shapeAt(0, id, written) }));
    this.#written.set(id, written);
    if (id.startsWith('d')) this.#deletable.push(id);
  }

  async #set(id: string, n: number): Promise<void> {
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#table,
        Key: { id: { S: id } },
        UpdateExpression: 'SET n = :n, #old = :old',
        ExpressionAttributeNames: { '#old': 'old' },
        ExpressionAttributeValues: { ':n': { N: String(n) }, ':old': { S: String(n) } },
      }),
    );
    this.#written.set(id, { n, hits: this.#written.get(id)?.hits ?? 0 });
  }

  async #count(id: string): Promise<void> {
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#table,
        Key: { id: { S: id } },
        UpdateExpression: 'ADD hits :one',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
    const { n, hits } = this.#written.get(id) ?? { hits: 0 };
    this.#written.set(id, { ...(n === undefined ? {} : { n }), hits: hits + 1 });
  }

  async #delete(id: string): Promise<void> {
    await this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key: { id: { S: id } } }));
    this.#written.set(id, undefined);
  }
}

/** An item as it is once the versions up to this one are applied. */
function shapeAt(level: number, id: string, { n, hits }: Written): Stored {
  return {
    id: { S: id },
    ...(n === undefined ? {} : { n: { N: String(n) } }),
    ...(n !== undefined && level < 2 ? { old: { S: String(n) } } : {}),
    ...(n !== undefined && level >= 1 ? { twice: { N: String(2 * n) } } : {}),
    ...(hits === 0 ? {} : { hits: { N: String(hits) } }),
  };
}

function hasWrites(item: unknown, { n, hits }: Written): boolean {
  if (typeof item !== 'object' || item === null) return false;
  const numberOf = (name: string): unknown => Reflect.get(Object(Reflect.get(item, name) ?? {}), 'N');
  return numberOf('n') === (n === undefined ? undefined : String(n)) && numberOf('hits') === (hits === 0 ? undefined : String(hits));
}
