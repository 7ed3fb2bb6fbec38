import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';
import { keyOf, keyText, type TableShape } from '../../core/values/table-shape.ts';
import { imageText, sameText } from './image-text.ts';
import type { Condition, Operation } from './operation.ts';

/** The effect of a commit on one item. */
export interface ItemChange {
  /** The logical name of another table; undefined for the version's own. */
  table?: string | undefined;
  key: Image;
  before: Image | undefined;
  after: Image | undefined;
  /** Under which an operation of a transaction was applied. */
  conditions?: readonly Condition[];
}

interface Stored {
  key: Image;
  /** All images the item ever had, the last one is the present, and since when. */
  images: (Image | undefined)[];
  since: number[];
}

/** One DynamoDB table in memory: single operations and transactions are atomic, scans may be stale. */
export class MemoryTable {
  readonly shape: TableShape;
  readonly keys: readonly string[];
  readonly #items = new Map<string, Stored>();

  readonly #now: () => number;

  /** @param now milliseconds */
  constructor(shape: TableShape, now: () => number = () => 0) {
    this.#now = now;
    this.shape = shape;
    this.keys = shape.keys.map(({ name }) => name);
  }

  /** The present image, strongly consistent. */
  get(key: Image): Image | undefined {
    return this.#items.get(this.#keyText(key))?.images.at(-1);
  }

  /** The image as an eventually consistent read may find it. @param back number of writes by which it is stale */
  getStale(key: Image, back: number): Image | undefined {
    const { images } = this.#items.get(this.#keyText(key)) ?? { images: [] };
    return images[Math.max(0, images.length - 1 - back)];
  }

  /** True if the item under this key had exactly this image at some time. */
  hasBeen(image: Image): boolean {
    const text = imageText(image);
    return this.#items.get(this.#keyText(image))?.images.some((was) => imageText(was) === text) ?? false;
  }

  all(): Image[] {
    return [...this.#items.values()].map(({ images }) => images.at(-1)).filter((image) => image !== undefined);
  }

  /** An item that has always been so. */
  begin(image: Image): void {
    this.#items.set(this.#keyText(image), { key: keyOf(this.shape, image), images: [image], since: [Number.NEGATIVE_INFINITY] });
  }

  /** Sets the item to `after` without a condition. */
  replace(key: Image, after: Image | undefined): ItemChange {
    const text = this.#keyText(key);
    const stored = this.#items.get(text) ?? { key: keyOf(this.shape, key), images: [undefined], since: [Number.NEGATIVE_INFINITY] };
    this.#items.set(text, stored);
    const before = stored.images.at(-1);
    stored.images.push(after);
    stored.since.push(this.#now());
    return { key: stored.key, before, after };
  }

  holds({ key, conditions, mustExist, goneIsFine }: Operation): boolean {
    const image = this.get(key);
    if (!image && (mustExist || goneIsFine)) return goneIsFine === true;
    return conditions.every((condition) => isTrue(condition, image));
  }

  /** Applies an operation whose conditions hold. */
  apply(operation: Operation): ItemChange {
    const before = this.get(operation.key);
    const { kind, key, table, conditions } = operation;
    if (kind === 'check') return { table, key, before, after: before };
    return { table, conditions, ...this.replace(key, afterOperation(operation, before)) };
  }

  /**
   * Up to `limit` items of a segment after a position, in the order of their hashes.
   * @param back number of writes by which each item is stale: an eventually consistent read
   */
  scan(
    segment: number,
    totalSegments: number,
    position: Image | undefined,
    limit: number,
    back: number,
  ): { images: Image[]; more: boolean } {
    const from = position ? hash(this.#keyText(position)) : -1;
    const images = [...this.#items]
      .map(([text, { images }]) => ({ at: hash(text), image: images[Math.max(0, images.length - 1 - back)] }))
      .filter(({ at }) => at % totalSegments === segment && at > from)
      .sort((a, b) => a.at - b.at)
      .map(({ image }) => image)
      .filter((image) => image !== undefined);
    return { images: images.slice(0, limit), more: images.length >= limit };
  }

  /** The same of a partition, or of an index, of which entries are as the items were some time ago. */
  find(
    { segment, totalSegments, position, limit }: { segment: number; totalSegments: number; position: Image | undefined; limit: number },
    imageOf: (item: { images: readonly (Image | undefined)[]; since: readonly number[] }) => Image | undefined,
  ): { images: Image[]; more: boolean } {
    const from = position ? hash(this.#keyText(position)) : -1;
    const images = [...this.#items]
      .map(([text, stored]) => ({ at: hash(text), image: imageOf(stored) }))
      .filter(({ at }) => at % totalSegments === segment && at > from)
      .sort((a, b) => a.at - b.at)
      .map(({ image }) => image)
      .filter((image) => image !== undefined);
    return { images: images.slice(0, limit), more: images.length >= limit };
  }

  #keyText(key: Image): string {
    return keyText(keyOf(this.shape, key));
  }
}

function afterOperation({ kind, key, item, set, remove }: Operation, before: Image | undefined): Image | undefined {
  if (kind === 'delete') return undefined;
  if (kind === 'put') return item;
  return Object.fromEntries(Object.entries({ ...key, ...before, ...set }).filter(([name]) => !remove.includes(name)));
}

function isTrue(condition: Condition, image: Image | undefined): boolean {
  const value: AttributeValue | undefined = image && Object.hasOwn(image, condition.name) ? image[condition.name] : undefined;
  switch (condition.kind) {
    case 'equals':
      return sameText(value, condition.value);
    case 'missing':
      return value === undefined;
    case 'exists':
      return value !== undefined;
  }
}

/** FNV-1a; keys of a model are few enough for their hashes to differ. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
