import { changeUnits } from '../../core/change/change-units.ts';
import { type Page, type PageRequest, type TablePort, Throttled, type Write, type WriteResult } from '../../core/segment/table-port.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { itemSize } from '../../core/values/item-size.ts';
import { keyOf, type TableShape } from '../../core/values/table-shape.ts';
import { Consumption } from '../consumption.ts';
import type { SimulatedThroughput } from './simulated-throughput.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** A table that stores nothing: an item is made from its number when it is read. Its segments are ranges of numbers. */
export interface SimulatedItems {
  /** Number of items of each segment. */
  counts: readonly number[];
  /** Size of an item, in bytes. */
  bytes: (n: number) => number;
  partitions: number;
  /** Items in one partition that share partition keys, all of them one unless it is said how many do; the rest have a key each. Left out, the table has no sort key. */
  collection?: { from: number; to: number; partition: number; itemsPerKey?: number | undefined } | undefined;
  /** Number of indexes; each contains all items completely. */
  indexes: number;
  /** If true, workers read only the attributes that the function needs, as with `reads`. */
  showsPart: boolean;
  /** If false, no capacity is reported for writes, as by DynamoDB Local. */
  reportsUnits: boolean;
  /** Probabilities for a write: that the table throttles it although it has capacity, and that the application was faster. */
  throttleChance: number;
  conflictChance: number;
}

/** Max bytes of a page of a Scan. */
const maxPageBytes = 1024 * 1024;

/** The table of a simulated run: the port of the workers, and the consumed capacity. */
export class SimulatedTable implements TablePort {
  readonly writes = new Consumption();
  readonly reads = new Consumption();
  /** Those of the reads that are of single items, after a lost race: workers pay for them afterwards. */
  readonly singleReads = new Consumption();
  readonly changed: Uint8Array;
  readonly shape: TableShape;
  readonly #time: SimulatedTime;
  readonly #throughput: SimulatedThroughput;
  readonly #items: SimulatedItems;
  readonly #begins: readonly number[];
  readonly #total: number;

  constructor(time: SimulatedTime, throughput: SimulatedThroughput, items: SimulatedItems) {
    this.#time = time;
    this.#throughput = throughput;
    this.#items = items;
    this.shape = shapeWith(items.indexes, items.collection !== undefined);
    const begins = [0];
    for (const count of items.counts) begins.push((begins.at(-1) ?? 0) + count);
    this.#begins = begins;
    this.#total = begins.at(-1) ?? 0;
    this.changed = new Uint8Array(this.#total);
  }

  async readPage({ segment, position, limit = Number.POSITIVE_INFINITY }: PageRequest): Promise<Page | { kind: 'throttled' }> {
    const begin = this.#begins[segment] ?? 0;
    const end = begin + (this.#items.counts[segment] ?? 0);
    const from = position ? numberOf(position) + 1 : begin;
    const images: Image[] = [];
    let bytes = 0;
    for (let n = from; n < end && images.length < limit && bytes < maxPageBytes; n++) {
      images.push(this.#image(n));
      bytes += this.#items.bytes(n);
    }
    const readUnits = Math.max(0.5, Math.ceil(bytes / 4096) / 2);
    const work = this.#throughput.take('read', readUnits, this.#partitionOf(from));
    await this.#time.wait(this.#throughput.trip() + (work ?? 0));
    if (work === undefined) return { kind: 'throttled' };
    this.reads.add(this.#time.now, readUnits);
    const next = from + images.length;
    return { images, position: next < end ? keyOf(this.shape, this.#item(next - 1)) : undefined, readUnits };
  }

  readItems(): Promise<never> {
    throw new Error('The simulated transformation inserts nothing.');
  }

  async readItem(key: Image): Promise<Image> {
    const units = Math.ceil(itemSize(this.#item(numberOf(key))) / 4096);
    const work = this.#throughput.take('read', units, this.#partitionOf(numberOf(key)));
    await this.#time.wait(this.#throughput.trip() + (work ?? 0));
    if (work === undefined) throw new Throttled('The table is busy.');
    this.reads.add(this.#time.now, units);
    this.singleReads.add(this.#time.now, units);
    return this.#image(numberOf(key));
  }

  async writeBatch(writes: readonly Write[], mayWrite: () => boolean): Promise<WriteResult[]> {
    if (!mayWrite()) return writes.map(() => ({ kind: 'throttled' }));
    let longest = 0;
    const results = writes.map(({ key, change }): WriteResult => {
      const n = numberOf(key);
      const { reportsUnits, throttleChance, conflictChance } = this.#items;
      const consumed = changeUnits(this.#item(n), change, this.shape);
      if (throttleChance > 0 && this.#time.random() < throttleChance) return { kind: 'throttled' };
      const work = this.#throughput.take('write', consumed, this.#partitionOf(n));
      if (work === undefined) return { kind: 'throttled' };
      longest = Math.max(longest, work);
      this.writes.add(this.#time.now, consumed);
      const reported = reportsUnits ? consumed : undefined;
      if (conflictChance > 0 && this.#time.random() < conflictChance)
        return { kind: 'conditionFailed', image: this.#time.random() < 0.5 ? this.#image(n) : undefined, units: reported };
      this.changed[n] = 1;
      return { kind: 'written', units: reported };
    });
    await this.#time.wait(this.#throughput.trip() + longest);
    return results;
  }

  writeTransaction(): Promise<WriteResult> {
    throw new Error('The simulated transformation inserts nothing.');
  }

  writeTogether(): Promise<WriteResult> {
    return Promise.reject(new Error('not expected'));
  }

  putBack(): Promise<'written'> {
    throw new Error('The simulated transformation deletes nothing.');
  }

  /** The attributes in the version's `reads`. */
  get readAttributes(): string[] | undefined {
    return this.#items.showsPart ? ['fullName'] : undefined;
  }

  /** The part of an item that workers read. */
  #image(n: number): Image {
    const item = this.#item(n);
    const { id, fullName } = item;
    return this.#items.showsPart && id && fullName ? { id, fullName } : item;
  }

  #item(n: number): Image {
    const id = { S: String(n) };
    const item: Image = { id, fullName: { S: `Given${n} Family${n}` }, filler: { S: fillerOf(this.#items.bytes(n)) } };
    for (const { keys } of this.shape.indexes) for (const key of keys) item[key] = id;
    const { collection } = this.#items;
    if (collection)
      item['tenant'] = { S: this.#isInCollection(n) ? `hot ${Math.floor(n / (collection.itemsPerKey ?? this.#total))}` : `cold ${n}` };
    return item;
  }

  #isInCollection(n: number): boolean {
    const { from, to } = this.#items.collection ?? { from: 0, to: 0 };
    return n >= from && n < to;
  }

  #partitionOf(n: number): number {
    const { collection, partitions } = this.#items;
    if (!collection) return Math.min(partitions - 1, Math.floor((n / this.#total) * partitions));
    return this.#isInCollection(n) ? collection.partition : n % collection.partition;
  }
}

function shapeWith(indexes: number, hasSortKey: boolean): TableShape {
  const names = Array.from({ length: indexes }, (_, n) => `by${n}`);
  return {
    name: 'Simulated',
    keys: [...(hasSortKey ? [{ name: 'tenant', type: 'S' as const }] : []), { name: 'id', type: 'S' }],
    indexKeys: Object.fromEntries(names.map((name) => [name, 'S'])),
    indexes: names.map((name) => ({ name, kind: 'global', keys: [name], projected: 'all' })),
  };
}

function numberOf({ id }: Image): number {
  return Number(id && 'S' in id ? id.S : 0);
}

const fillers = new Map<number, string>();

function fillerOf(bytes: number): string {
  // The other attributes have this content, before and after the change.
  const length = Math.max(0, bytes - 120);
  const known = fillers.get(length);
  if (known !== undefined) return known;
  const filler = 'x'.repeat(length);
  fillers.set(length, filler);
  return filler;
}
