import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../core/transformation/contract.ts';
import { decodeImage } from '../../core/values/attribute-value.ts';
import { predecessorKey } from '../../core/values/predecessor-item.ts';
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
  const theirs = Object.entries(predecessorKey(shape) ?? {});
  const keyNames = Object.fromEntries(theirs.map(([name], index) => [`#key${index}`, name]));
  const keyValues = Object.fromEntries(theirs.map(([, value], index) => [`:key${index}`, value]));
  const isTheirs = theirs.map((_, index) => `#key${index} = :key${index}`).join(' AND ');
  const used = { ...names, ...keyNames };
  return {
    ...(attributes.length > 0 ? { ProjectionExpression: Object.keys(names).join(', ') } : {}),
    ...(theirs.length > 0 ? { FilterExpression: `NOT (${isTheirs})`, ExpressionAttributeValues: asSdkItem(keyValues) } : {}),
    ...(Object.keys(used).length > 0 ? { ExpressionAttributeNames: used } : {}),
  };
}
