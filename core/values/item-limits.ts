import { ItemError } from '../errors.ts';
import type { Image } from './attribute-value.ts';
import { itemSize, valueSize } from './item-size.ts';
import type { Index, TableShape } from './table-shape.ts';

/*
 * Limits of DynamoDB on one item: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */

export const maxItemBytes = 400 * 1024;
const maxPartitionKeyBytes = 2048;
const maxSortKeyBytes = 1024;

/** @param what the subject of the message @throws ItemError InvalidValue */
export function refuseTooLarge(image: Image, what: string): void {
  const bytes = itemSize(image);
  if (bytes <= maxItemBytes) return;
  const [name, size] = largestAttribute(image);
  throw new ItemError(
    'InvalidValue',
    `${what} has ${kilobytes(bytes)}, and DynamoDB holds 400 KB in an item. Its largest attribute is "${name}" with ${kilobytes(size)}. Keep less in it.`,
    {
      attribute: name,
      withoutName: `${what} has ${kilobytes(bytes)}, and DynamoDB holds 400 KB in an item. Its largest attribute has ${kilobytes(size)}. Keep less in it.`,
    },
  );
}

/** @throws ItemError InvalidValue: when a key of the table, or of an index that holds the item, is too long */
export function refuseLargeKeys(image: Image, { keys, indexes }: TableShape): void {
  refuseLargeKey(image, { keys: keys.map(({ name }) => name) }, 'the table');
  for (const index of indexes)
    if (index.keys.every((name) => Object.hasOwn(image, name))) refuseLargeKey(image, index, `index "${index.name}"`);
}

function refuseLargeKey(image: Image, { keys, partitionKeys = 1 }: Pick<Index, 'keys' | 'partitionKeys'>, of: string): void {
  for (const [position, name] of keys.entries()) {
    const value = Object.hasOwn(image, name) ? image[name] : undefined;
    // Of keys with several attributes, only the larger limit is certain.
    const limit = position === 1 && keys.length === 2 && partitionKeys === 1 ? maxSortKeyBytes : maxPartitionKeyBytes;
    const bytes = value ? valueSize(value) : 0;
    if (bytes > limit)
      throw new ItemError(
        'InvalidValue',
        `The attribute "${name}" of the result has ${bytes} bytes, and as ${limit === maxSortKeyBytes ? 'sort' : 'partition'} key of ${of} it may have ${limit}. Give it a shorter value.`,
        { attribute: name },
      );
  }
}

function largestAttribute(image: Image): [name: string, bytes: number] {
  return Object.entries(image)
    .map(([name, value]): [string, number] => [name, valueSize(value)])
    .reduce((largest, next) => (next[1] > largest[1] ? next : largest), ['', 0]);
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KB`;
}
