import { setTimeout as sleep } from 'node:timers/promises';
import { ConditionalCheckFailedException, type DynamoDBClient, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { writeItems } from '../../demo/application/write-items.ts';
import type { Random } from '../../demo/pseudo-random.ts';
import { createTable } from './create-table.ts';

/** Deletes what is obsolete, and moves the others to keys of a new form. `rev` rises with each write of the application. */
export const parcelsTransformation = `export const sequence = 1;
export const inserts = true;
export const deletes = true;
export const versionAttribute = 'rev';
export const transformUp = (item) => {
  if (item.state === 'obsolete') return [];
  return item.id.startsWith('old#') ? [{ ...item, id: item.id.replace('old#', 'new#') }] : undefined;
};
`;

/** What is wrong with the table, by the application's own history. */
export interface ParcelFindings {
  /** Acknowledged writes that are not in the table. */
  lost: string[];
  /** Items that the application saw deleted, and that are back; and items under both of their keys. */
  resurrected: string[];
  /** Items that should have been deleted or moved. */
  untransformed: string[];
}

interface Parcel {
  obsolete: boolean;
  /** Acknowledged writes. */
  hits: number;
  /** A write was refused: a run had deleted or moved the item before. */
  gone: boolean;
}

/**
 * An application whose items are deleted and moved while it writes them: it marks an item as needed, or counts a hit, under the old key
 * only. Each acknowledged write must be found afterwards, in the item or in the one that it was moved to.
 */
export class Parcels {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #random: Random;
  readonly #parcels = new Map<string, Parcel>();
  #writing = Promise.resolve();
  #paused = true;
  writes = 0;

  /** @param client with `maxAttempts: 1` */
  constructor(client: DynamoDBClient, table: string, random: Random) {
    this.#client = client;
    this.#table = table;
    this.#random = random;
  }

  async createTable(): Promise<void> {
    await createTable(this.#client, this.#table);
  }

  /** Inserts new items in the old form, a third of them obsolete. */
  async insert(count: number): Promise<void> {
    const first = this.#parcels.size;
    const ids = Array.from({ length: count }, (_, index) => String(first + index));
    for (const id of ids) this.#parcels.set(id, { obsolete: this.#random() < 1 / 3, hits: 0, gone: false });
    const items = ids.map((id) => ({
      id: { S: `old#${id}` },
      state: { S: this.#parcels.get(id)?.obsolete ? 'obsolete' : 'live' },
      rev: { N: '0' },
      hits: { N: '0' },
    }));
    await writeItems(this.#client, this.#table, items);
  }

  /** Writes until `pause`, to an item by chance each time. */
  resume(): void {
    this.#paused = false;
    this.#writing = this.#write();
  }

  async pause(): Promise<void> {
    this.#paused = true;
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (!this.#paused) {
      const living = [...this.#parcels].filter(([, { gone }]) => !gone);
      const [id, parcel] = living[Math.floor(this.#random() * living.length)] ?? [];
      if (id !== undefined && parcel) await this.#hit(id, parcel);
      await sleep(3);
    }
  }

  /** One acknowledged hit takes an item out of what is obsolete. */
  async #hit(id: string, parcel: Parcel): Promise<void> {
    try {
      await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#table,
          Key: { id: { S: `old#${id}` } },
          ConditionExpression: 'attribute_exists(id)',
          UpdateExpression: 'SET #state = :live ADD hits :one, rev :one',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':live': { S: 'live' }, ':one': { N: '1' } },
        }),
      );
      parcel.obsolete = false;
      parcel.hits++;
      this.writes++;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      parcel.gone = true;
    }
  }

  /** Compares the whole table with the history, after a run that ended while the application inserted nothing; the application rests. */
  async verify(): Promise<ParcelFindings> {
    const found = new Map<string, string>();
    for await (const { Items = [] } of paginateScan({ client: this.#client }, { TableName: this.#table, ConsistentRead: true }))
      for (const { id, hits } of Items) found.set(id?.S ?? '', hits?.N ?? '');
    const findings: ParcelFindings = { lost: [], resurrected: [], untransformed: [] };
    for (const [id, { obsolete, hits, gone }] of this.#parcels) {
      const [old, moved] = [found.get(`old#${id}`), found.get(`new#${id}`)];
      if (old !== undefined && (moved !== undefined || gone)) findings.resurrected.push(id);
      if (obsolete && moved !== undefined) findings.resurrected.push(id);
      if (!obsolete && (moved ?? old) !== String(hits)) findings.lost.push(id);
      if (old !== undefined) findings.untransformed.push(id);
    }
    return findings;
  }
}
