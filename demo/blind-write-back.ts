import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from './item.ts';
import { writeItems } from './write-items.ts';

/**
 * The script one usually finds: read a page, compute the new items, put them all back. What the application wrote between the
 * read and the put is gone, and what it deleted is back. Only here to see that the oracle notices.
 */
export async function blindWriteBack(client: DynamoDBClient, table: string, transform: (item: Item) => Item): Promise<void> {
  let position: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: table, ExclusiveStartKey: position }));
    await writeItems(client, table, (page.Items ?? []).map(transform));
    position = page.LastEvaluatedKey;
  } while (position);
}
