import { type DynamoDBClient, ScanCommand, type ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Image } from '../../core/values/attribute-value.ts';
import { itemSize } from '../../core/values/item-size.ts';
import { isPredecessorItem } from '../../core/values/predecessor-item.ts';
import { keyOf, keyText, type TableShape } from '../../core/values/table-shape.ts';
import { asImage } from '../sdk-image.ts';

/** Items from random places of a table. */
export interface RandomSample {
  images: Image[];
  /** Number of segments of the scan from which items came. */
  places: number;
  isWholeTable: boolean;
  /** Read capacity units that the sample took. */
  readUnits: number;
}

/** Segments of a parallel Scan: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html */
const maxSegments = 1_000_000;
const maxPlaces = 40;
const requestsAtATime = 8;
/** Max bytes in memory, for tables with very large items. */
const maxBytes = 48 * 1024 * 1024;
const fewerSegments = 16;

/**
 * Reads up to `count` different items from random places of a table; eventually consistent.
 *
 * 1. Divide the table into segments of about the number of items that is wanted from one place.
 * 2. Read one page from the beginning of random segments until there are enough items.
 * 3. If most segments are empty, because all items are under a few partition keys, divide into fewer segments and repeat.
 * 4. If that is still not enough, or the table is small, read the table from its beginning.
 *
 * @param itemCount approximate number of items in the table
 * @param random from 0 to below 1
 */
export async function readRandomSample(
  client: DynamoDBClient,
  shape: TableShape,
  count: number,
  itemCount: number,
  random: () => number,
): Promise<RandomSample> {
  const found = new Found(shape, count);
  const perPlace = Math.ceil(count / maxPlaces);
  const scan = async (Segment: number, TotalSegments: number, from: ScanCommandOutput['LastEvaluatedKey'], Limit: number) => {
    const page = await client.send(
      new ScanCommand({
        TableName: shape.name,
        Segment,
        TotalSegments,
        Limit,
        ReturnConsumedCapacity: 'TOTAL',
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    found.add(page);
    return page.LastEvaluatedKey;
  };

  const finest = itemCount > count ? Math.min(maxSegments, Math.floor(itemCount / perPlace)) : 1;
  for (let segments = finest; segments > 1; segments = Math.floor(segments / fewerSegments)) {
    const chosen = [...distinct(Math.min(2 * maxPlaces, segments), segments, random)];
    while (chosen.length > 0 && !found.isEnough)
      await Promise.all(chosen.splice(0, requestsAtATime).map((segment) => scan(segment, segments, undefined, perPlace)));
  }
  let isWholeTable = false;
  for (let from: ScanCommandOutput['LastEvaluatedKey']; !found.isEnough && !isWholeTable; isWholeTable = from === undefined)
    from = await scan(0, 1, from, count + 1);
  return { images: found.images, places: found.places, isWholeTable: isWholeTable && !found.isCut, readUnits: found.readUnits };
}

/** The items found so far, each once. */
class Found {
  readonly #shape: TableShape;
  readonly #count: number;
  readonly #images = new Map<string, Image>();
  #bytes = 0;
  isCut = false;
  places = 0;
  readUnits = 0;

  constructor(shape: TableShape, count: number) {
    this.#shape = shape;
    this.#count = count;
  }

  add({ Items = [], ConsumedCapacity }: ScanCommandOutput): void {
    this.readUnits += ConsumedCapacity?.CapacityUnits ?? 0;
    if (Items.length > 0) this.places += 1;
    for (const item of Items) {
      const image = asImage(item);
      if (isPredecessorItem(this.#shape, image)) continue;
      const id = keyText(keyOf(this.#shape, image));
      if (this.#images.has(id)) continue;
      this.isCut ||= this.isEnough;
      if (this.isCut) return;
      this.#images.set(id, image);
      this.#bytes += itemSize(image);
    }
  }

  get images(): Image[] {
    return [...this.#images.values()];
  }

  get isEnough(): boolean {
    return this.#images.size >= this.#count || this.#bytes >= maxBytes;
  }
}

/** `count` different whole numbers below `below`, in random order. */
function distinct(count: number, below: number, random: () => number): Set<number> {
  const numbers = new Set<number>();
  while (numbers.size < count) numbers.add(Math.floor(random() * below));
  return numbers;
}
