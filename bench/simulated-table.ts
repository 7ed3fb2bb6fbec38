import type { Image } from '../core/attribute-value.ts';
import { itemSize } from '../core/item-size.ts';
import { type Page, type PageRequest, type TablePort, Throttled, type Write, type WriteResult } from '../core/table-port.ts';
import type { TableShape } from '../core/table-shape.ts';
import { Consumption } from './consumption.ts';
import type { SimulatedThroughput } from './simulated-throughput.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** A table that holds nothing: an item is made from its number when it is read. Its segments are slices of the numbers. */
export interface SimulatedItems {
  /** Of each segment. */
  counts: readonly number[];
  /** Of an item, in bytes. */
  bytes: (n: number) => number;
  partitions: number;
  /** What a write costs beside the item, as a multiple: units of indexes. */
  indexUnits: number;
  /** Where it is false, as at DynamoDB Local, no capacity is reported for writes. */
  reportsUnits: boolean;
  /** Of a write: that the table refuses it though there is room, and that the application was faster. */
  throttleChance: number;
  conflictChance: number;
}

/** Where a scan's page ends at the latest. */
const maxPageBytes = 1024 * 1024;

/** The table of a simulated run: the workers' port to it, and what it consumed. */
export class SimulatedTable implements TablePort {
  readonly writes = new Consumption();
  readonly reads = new Consumption();
  readonly changed: Uint8Array;
  readonly #time: SimulatedTime;
  readonly #throughput: SimulatedThroughput;
  readonly #items: SimulatedItems;
  readonly #begins: readonly number[];
  readonly #total: number;

  constructor(time: SimulatedTime, throughput: SimulatedThroughput, items: SimulatedItems) {
    this.#time = time;
    this.#throughput = throughput;
    this.#items = items;
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
    return { images, position: next < end ? { id: { S: String(next - 1) } } : undefined, readUnits };
  }

  async readItem(key: Image): Promise<Image> {
    const image = this.#image(numberOf(key));
    const units = Math.ceil(itemSize(image) / 4096);
    const work = this.#throughput.take('read', units, this.#partitionOf(numberOf(key)));
    await this.#time.wait(this.#throughput.trip() + (work ?? 0));
    if (work === undefined) throw new Throttled('The table is busy.');
    this.reads.add(this.#time.now, units);
    return image;
  }

  async writeBatch(writes: readonly Write[], mayWrite: () => boolean): Promise<WriteResult[]> {
    if (!mayWrite()) return writes.map(() => ({ kind: 'throttled' }));
    let longest = 0;
    const results = writes.map(({ key, units }): WriteResult => {
      const n = numberOf(key);
      const { indexUnits, reportsUnits, throttleChance, conflictChance } = this.#items;
      const consumed = units * (1 + indexUnits);
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

  putBack(): Promise<'written'> {
    throw new Error('The simulated transformation deletes nothing.');
  }

  #image(n: number): Image {
    return { id: { S: String(n) }, fullName: { S: `Given${n} Family${n}` }, filler: { S: fillerOf(this.#items.bytes(n)) } };
  }

  #partitionOf(n: number): number {
    return Math.min(this.#items.partitions - 1, Math.floor((n / this.#total) * this.#items.partitions));
  }
}

export const simulatedShape: TableShape = { name: 'Simulated', keys: [{ name: 'id', type: 'S' }], indexKeys: {} };

const numberOf = ({ id }: Image): number => Number(id && 'S' in id ? id.S : 0);

const fillers = new Map<number, string>();
const fillerOf = (bytes: number): string => {
  // What the other attributes hold, before and after the change.
  const length = Math.max(0, bytes - 120);
  const known = fillers.get(length);
  if (known !== undefined) return known;
  const filler = 'x'.repeat(length);
  fillers.set(length, filler);
  return filler;
};
