import { type AttributeValue, type Image, sameValue } from '../values/attribute-value.ts';
import { compareSortKeys, passes } from '../values/sort-key-test.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { AskedQuery } from './check-request.ts';

/** What a Query of DynamoDB would answer if the table had these items. */
export function queryFrom(items: readonly Image[], { partition, sortKey, index, reverse, limit }: AskedQuery, shape: TableShape): Image[] {
  const keys = shape.indexes.find(({ name }) => name === index)?.keys ?? shape.keys.map(({ name }) => name);
  const [, sort] = keys;
  const found = items
    .filter((item) => keys.every((name) => Object.hasOwn(item, name)) && holds(item, partition))
    .filter((item) => !sortKey || meets(item[sortKey.name], sortKey));
  if (sort !== undefined) found.sort((a, b) => compareSortKeys(a[sort] ?? none, b[sort] ?? none));
  return (reverse ? found.reverse() : found).slice(0, limit);
}

/** True if an item has these values. */
export function holds(item: Image, key: Image): boolean {
  return Object.entries(key).every(([name, value]) => {
    const own = Object.hasOwn(item, name) ? item[name] : undefined;
    return own !== undefined && sameValue(own, value);
  });
}

const none: AttributeValue = { S: '' };

function meets(value: AttributeValue | undefined, { comparison, values }: NonNullable<AskedQuery['sortKey']>): boolean {
  return value !== undefined && passes({ by: comparison, operands: values }, value);
}
