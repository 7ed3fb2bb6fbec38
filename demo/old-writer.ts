import { setTimeout as sleep } from 'node:timers/promises';
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { ApplicationModel } from './application/application-model.ts';
import type { Item } from './item.ts';
import { keyOf, keyText } from './key-of.ts';

export interface OldWriterOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly keyAttributes: readonly [string, ...string[]];
  /** The items that it writes, at least one. Nobody else does. */
  readonly items: readonly Item[];
  /** An attribute that every item of the new shape has. */
  readonly newAttribute: string;
}

/** As it says in the attribute `writer` of what it writes. */
export const oldWriterName = 'nightly import';

const writesPerSecond = 12;
/** For one of this number of writes, the time is measured until the item has the new shape. */
const lookedAfter = 4;
const lookMs = 50;

/**
 * A job that nobody deployed anew: it puts whole items of the old shape, by the code from before the first version, and takes away from them what
 * the versions have added.
 */
export class OldWriter {
  readonly model = new ApplicationModel();
  /** Ms from the answer to a write until the item had the new shape. */
  readonly delays: number[] = [];
  writes = 0;
  readonly #options: OldWriterOptions;
  #isStopped = false;
  #running: Promise<unknown> | undefined;

  constructor(options: OldWriterOptions) {
    this.#options = options;
    for (const item of options.items) this.model.found(keyText(item, options.keyAttributes), item);
  }

  start(): void {
    this.#running = this.#write();
    // Reported by stop; until then it must not end the process.
    this.#running.catch(() => {});
  }

  /** Resolves when the items of its last writes have the new shape, too. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  /**
   * Writes one item, and waits until it has the new shape.
   *
   * @returns how long that took, in milliseconds
   */
  async writeOne(): Promise<number> {
    return this.#lookAfter(await this.#put());
  }

  async #write(): Promise<void> {
    const looks: Promise<unknown>[] = [];
    while (!this.#isStopped) {
      const item = await this.#put();
      if (this.writes % lookedAfter === 0) looks.push(this.#lookAfter(item).then((delay) => this.delays.push(delay)));
      await sleep(1000 / writesPerSecond);
    }
    await Promise.all(looks);
  }

  async #put(): Promise<Item> {
    const { client, table, items, keyAttributes } = this.#options;
    const written = { visits: { N: String(1_000_000 + this.writes) }, writer: { S: oldWriterName } };
    const item = { ...items[this.writes % items.length], ...written };
    await client.send(new PutItemCommand({ TableName: table, Item: item }));
    this.model.wrote(keyText(item, keyAttributes), item, Object.keys(written));
    this.writes += 1;
    return item;
  }

  async #lookAfter(item: Item): Promise<number> {
    const { client, table, keyAttributes, newAttribute } = this.#options;
    const startedAt = performance.now();
    const Key = keyOf(item, keyAttributes);
    for (;;) {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      if (Item?.[newAttribute]) break;
      await sleep(lookMs);
    }
    return performance.now() - startedAt;
  }
}
