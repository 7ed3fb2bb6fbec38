import type { Page, PageRequest, TablePort, Write, WriteResult } from '../../core/segment/table-port.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { itemSize } from '../../core/values/item-size.ts';
import { type ItemShape, itemShapes } from '../item-shapes.ts';
import type { SimulatedTime } from './simulated-time.ts';

const maxPageBytes = 1024 * 1024;

/** What a table answers takes this long: the latency, and 36 ms for each MB of a page or 0.25 ms for each write. */
const msPerByte = 36 / 1e6;
const msPerWrite = 0.25;

/**
 * A table behind a wire of some latency, which takes any number of requests at a time and any number of units a second. It stores nothing: items are
 * created when they are read.
 */
export class SlowWire implements TablePort {
  readonly shape: ItemShape;
  readonly #time: SimulatedTime;
  readonly #latencyMs: number;
  readonly #items: number;
  readonly #isChanged: boolean;
  readonly #bytes: number;
  #read = 0;

  /** @param isChanged all items have the new shape already */
  constructor(time: SimulatedTime, latencyMs: number, items: number, bytes: number, isChanged: boolean) {
    this.#time = time;
    this.#latencyMs = latencyMs;
    this.#items = items;
    this.#isChanged = isChanged;
    this.#bytes = bytes;
    const { small } = itemShapes;
    const filler = { S: ' '.repeat(Math.max(0, bytes - itemSize(small.item(items)) - 'filler'.length)) };
    this.shape = { ...small, item: (n) => ({ ...small.item(n), filler }) };
  }

  async readPage({ limit = Number.POSITIVE_INFINITY }: PageRequest): Promise<Page> {
    const from = this.#read;
    const count = Math.min(limit, Math.floor(maxPageBytes / this.#bytes), this.#items - from);
    this.#read += count;
    await this.#time.wait(this.#latencyMs + count * this.#bytes * msPerByte);
    const images = Array.from({ length: count }, (_, index) => this.#item(from + index));
    const last = images.at(-1)?.['id'];
    return { images, position: this.#read < this.#items && last ? { id: last } : undefined, readUnits: (count * this.#bytes) / 8192 };
  }

  async writeBatch(writes: readonly Write[]): Promise<WriteResult[]> {
    await this.#time.wait(this.#latencyMs + writes.length * msPerWrite);
    return writes.map(({ units }) => ({ kind: 'written', units }));
  }

  async writeTransaction({ units }: Write): Promise<WriteResult> {
    await this.#time.wait(this.#latencyMs);
    return { kind: 'written', units };
  }

  readItem = notAsked;
  readItems = notAsked;
  writeTogether = notAsked;
  putBack = notAsked;

  #item(n: number): Image {
    const item = this.shape.item(n);
    return this.#isChanged ? { ...item, ...this.shape.added(item) } : item;
  }
}

function notAsked(): Promise<never> {
  return Promise.reject(new Error('The simulated transformation only adds.'));
}
