import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { decodeImage } from '../core/attribute-value.ts';
import type { Item } from '../core/contract.ts';
import { asImage } from './ledger-record.ts';

/**
 * Goes through a whole table page by page, eventually consistent; the SDK waits where DynamoDB is busy.
 *
 * @param attributes only these of each item; all where none are given. A read costs the same.
 * @param spend waits until so many read units may have been consumed; without it, the scan is as fast as it goes
 */
export async function* scanItems(
  client: DynamoDBClient,
  tableName: string,
  attributes: readonly string[] | undefined,
  spend: (readUnits: number) => Promise<void> = async () => {},
): AsyncGenerator<Item, void, undefined> {
  const names = Object.fromEntries((attributes ?? []).map((name, index) => [`#${index}`, name]));
  const projection = attributes?.length ? { ProjectionExpression: Object.keys(names).join(', '), ExpressionAttributeNames: names } : {};
  const pages = paginateScan({ client }, { TableName: tableName, ReturnConsumedCapacity: 'TOTAL', ...projection });
  for await (const { Items = [], ConsumedCapacity } of pages) {
    for (const item of Items) yield decodeImage(asImage(item));
    await spend(ConsumedCapacity?.CapacityUnits ?? 0);
  }
}
