import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { writeItems } from './application/write-items.ts';
import type { Item } from './item.ts';

/**
 * A typical migration script: read a page, compute the new items, put them all back. Writes of the application between the
 * read and the put are lost, and deleted items come back. It is here only to show that the oracle detects this.
 */
export async function blindWriteBack(client: DynamoDBClient, table: string, transform: (item: Item) => Item): Promise<void> {
  let position: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: table, ExclusiveStartKey: position }));
    await writeItems(client, table, (page.Items ?? []).map(transform));
    position = page.LastEvaluatedKey;
  } while (position);
}
