import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyText, type TableShape } from '../../core/values/table-shape.ts';
import { asImage, asSdkItem } from '../sdk-image.ts';

/**
 * Reads up to 100 items in one request, eventually consistent.
 *
 * @returns those that exist, as far as DynamoDB returns them in one answer; none if the caller may not read items by their keys
 */
export async function readItems(client: DynamoDBClient, shape: TableShape, keys: readonly Image[]): Promise<Image[]> {
  const distinct = new Map(keys.map((key) => [keyText(key), asSdkItem(key)]));
  try {
    const { Responses } = await client.send(new BatchGetItemCommand({ RequestItems: { [shape.name]: { Keys: [...distinct.values()] } } }));
    return (Responses?.[shape.name] ?? []).map(asImage);
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDeniedException') return [];
    throw error;
  }
}
