import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Image } from '../../core/values/attribute-value.ts';
import { predecessorKey } from '../../core/values/predecessor-item.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { asImage, asSdkItem } from '../sdk-image.ts';

/** The item in which dynamo-data-transform stores what it has run; undefined if the table has none. */
export async function readPredecessorItem(client: DynamoDBClient, shape: TableShape): Promise<Image | undefined> {
  const key = predecessorKey(shape);
  if (!key) return undefined;
  const { Item } = await client.send(new GetItemCommand({ TableName: shape.name, Key: asSdkItem(key), ConsistentRead: true }));
  return Item && asImage(Item);
}
