import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { writeItems } from '../../demo/application/write-items.ts';
import type { Random } from '../../demo/pseudo-random.ts';
import { createTable } from './create-table.ts';

/** A quarter of the items each is deleted, overwritten, moved, and left as it is. No function takes it back. */
export const undoneTransformation = `export const sequence = 1;
export const adds = ['more'];
export const overwrites = ['text'];
export const removes = ['old'];
export const inserts = true;
export const deletes = true;
export const transformUp = (item) => {
  if (item.more !== undefined || item.n % 4 === 3) return item;
  if (item.n % 4 === 0) return [];
  const { old, ...rest } = item;
  const changed = { ...rest, text: 'new ' + item.text, more: item.n };
  return item.n % 4 === 1 ? changed : [{ ...changed, id: item.id + '-moved' }];
};
`;

export type Stored = Record<string, { S: string } | { N: string }>;

/** What an application writes to a table whose versions are taken back. */
export interface UndoneApplication {
  /** Besides the key. */
  itemOf(n: number): Stored;
  /** Attributes that it writes, each value once. */
  written: readonly string[];
  /** It deletes only what no version deletes or moves: the table cannot tell the two apart. */
  mayDelete(n: number): boolean;
}

/** For {@link undoneTransformation}. */
export const undoneApplication: UndoneApplication = {
  itemOf: (n) => ({ n: { N: String(n) }, text: { S: `text of ${n}` }, old: { S: `o${n}` }, own: { S: '' } }),
  written: ['text', 'own', 'old'],
  mayDelete: (n) => n % 2 === 1,
};

/** What is wrong with the table, by the application's own history. */
export interface UndoneFindings {
  /** Items that were there before, and that the application did not delete. */
  lost: string[];
  /** Items that the application deleted, and new items under keys of the version. */
  resurrected: string[];
  /** Items that are neither as they were nor as the application left them. */
  different: string[];
}

/**
 * An application that writes a table while versions go up and are taken back. It writes each value once, so that it is known
 * whose value is there. After the way back, each item must be as it was, or as the application left it.
 */
export class Undone {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #random: Random;
  readonly #application: UndoneApplication;
  readonly #items = new Map<string, Stored>();
  readonly #count: number;
  #writing = Promise.resolve();
  #paused = true;
  writes = 0;

  /** @param client with `maxAttempts: 1` */
  constructor(client: DynamoDBClient, table: string, random: Random, count: number, application: UndoneApplication) {
    this.#application = application;
    this.#client = client;
    this.#table = table;
    this.#random = random;
    this.#count = count;
  }

  async createTable(): Promise<void> {
    await createTable(this.#client, this.#table);
    for (let n = 0; n < this.#count; n++) this.#items.set(`u${n}`, { id: { S: `u${n}` }, ...this.#application.itemOf(n) });
    await writeItems(this.#client, this.#table, [...this.#items.values()]);
  }

  resume(): void {
    this.#paused = false;
    this.#writing = this.#write();
  }

  /** Resolves when nothing is being written. */
  async pause(): Promise<void> {
    this.#paused = true;
    await this.#writing;
  }

  async verify(): Promise<UndoneFindings> {
    const findings: UndoneFindings = { lost: [], resurrected: [], different: [] };
    const found = new Map<string, unknown>();
    for await (const { Items = [] } of paginateScan({ client: this.#client }, { TableName: this.#table, ConsistentRead: true }))
      for (const item of Items) found.set(item['id']?.S ?? '', item);
    for (const [id, item] of this.#items) {
      if (!found.has(id)) findings.lost.push(id);
      else if (!isDeepStrictEqual(found.get(id), item)) findings.different.push(id);
    }
    for (const id of found.keys()) if (!this.#items.has(id)) findings.resurrected.push(id);
    return findings;
  }

  /** Ids of items that lack an attribute. */
  async lacking(attribute: string): Promise<string[]> {
    const lacking: string[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.#client }, { TableName: this.#table, ConsistentRead: true }))
      lacking.push(...Items.filter((item) => !item[attribute]).map(({ id }) => id?.S ?? ''));
    return lacking;
  }

  async #write(): Promise<void> {
    while (!this.#paused) {
      await this.#writeOne(Math.floor(this.#random() * this.#count));
      await sleep(5);
    }
  }

  async #writeOne(n: number): Promise<void> {
    const id = `u${n}`;
    const known = this.#items.get(id);
    if (!known) return;
    const request = { TableName: this.#table, Key: { id: { S: id } }, ConditionExpression: 'attribute_exists(id)' };
    const { mayDelete, written } = this.#application;
    const isDeleted = mayDelete(n) && this.#random() < 0.02;
    const name = written[Math.floor(this.#random() * written.length)] ?? '';
    const value = { S: `app-${this.writes}` };
    const update = {
      UpdateExpression: 'SET #n = :v',
      ExpressionAttributeNames: { '#n': name },
      ExpressionAttributeValues: { ':v': value },
    };
    try {
      await this.#client.send(isDeleted ? new DeleteItemCommand(request) : new UpdateItemCommand({ ...request, ...update }));
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return;
      throw error;
    }
    this.writes++;
    if (isDeleted) this.#items.delete(id);
    else this.#items.set(id, { ...known, [name]: value });
  }
}
