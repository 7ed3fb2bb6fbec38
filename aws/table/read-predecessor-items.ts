import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Image } from '../../core/values/attribute-value.ts';
import { isPredecessorItem, predecessorRecords } from '../../core/values/predecessor-item.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { asImage, asSdkItem } from '../sdk-image.ts';

/** The items in which dynamo-data-transform stores what it has run; none if the table has none. */
export async function readPredecessorItems(client: DynamoDBClient, shape: TableShape): Promise<Image[]> {
  const answers = await Promise.all(
    predecessorRecords(shape).map(({ key }) =>
      client.send(new GetItemCommand({ TableName: shape.name, Key: asSdkItem(key), ConsistentRead: true })),
    ),
  );
  return answers.flatMap(({ Item }) => (Item ? [asImage(Item)] : [])).filter((image) => isPredecessorItem(shape, image));
}
