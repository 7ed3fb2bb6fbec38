import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../core/transformation/contract.ts';
import { decodeImage } from '../../core/values/attribute-value.ts';
import { predecessorRecords } from '../../core/values/predecessor-item.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { asImage, asSdkItem } from '../sdk-image.ts';

/**
 * Goes through a whole table page by page, eventually consistent. The SDK waits if DynamoDB is busy.
 *
 * @param attributes the only attributes of each item; undefined for all. A read costs the same.
 * @param spend called with the read units of each page; delays the next page to keep to a budget
 */
export async function* scanItems(
  client: DynamoDBClient,
  shape: TableShape,
  attributes: readonly string[] | undefined,
  spend: (readUnits: number) => Promise<void> = async () => {},
): AsyncGenerator<Item, void, undefined> {
  const pages = paginateScan({ client }, { TableName: shape.name, ReturnConsumedCapacity: 'TOTAL', ...expressions(shape, attributes) });
  for await (const { Items = [], ConsumedCapacity } of pages) {
    for (const item of Items) yield decodeImage(asImage(item));
    await spend(ConsumedCapacity?.CapacityUnits ?? 0);
  }
}

/** Selects the attributes, and filters out the item of dynamo-data-transform. */
function expressions(shape: TableShape, attributes: readonly string[] = []) {
  const names = Object.fromEntries(attributes.map((name, index) => [`#${index}`, name]));
  const theirs = predecessorRecords(shape).map(({ key, attribute }, record) => {
    const conditions = Object.keys(key).map((_, index) => `#key${index} = :key${record}`);
    return attribute === undefined ? conditions : [...conditions, `attribute_exists(${attribute})`];
  });
  const keyNames = theirs.length > 0 ? Object.fromEntries(shape.keys.map(({ name }, index) => [`#key${index}`, name])) : {};
  const texts = predecessorRecords(shape).flatMap(({ key }, record) => Object.values(key).map((text) => [`:key${record}`, text] as const));
  const used = { ...names, ...keyNames };
  return {
    ...(attributes.length > 0 ? { ProjectionExpression: Object.keys(names).join(', ') } : {}),
    ...(theirs.length > 0
      ? {
          FilterExpression: theirs.map((conditions) => `NOT (${conditions.join(' AND ')})`).join(' AND '),
          ExpressionAttributeValues: asSdkItem(Object.fromEntries(texts)),
        }
      : {}),
    ...(Object.keys(used).length > 0 ? { ExpressionAttributeNames: used } : {}),
  };
}
