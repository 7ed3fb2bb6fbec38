import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Acknowledged } from '../../core/ledger/acknowledged.ts';
import type { Hold } from '../../core/ledger/hold.ts';
import { acknowledgedKey, holdKey, keyValues } from './ledger-keys.ts';
import { toRecord, toValue } from './ledger-record.ts';

const recordIsNew = 'attribute_not_exists(pk)';

/**
 * ```text
 * operator A: reads hold 4                        releases as 5 → the condition fails
 * operator B:              holds below 2 as 5
 * ```
 */
const isAsRead = '#number = :number';

interface Place {
  client: DynamoDBClient;
  ledger: string;
}

/** @returns false if another hold or release was recorded since `read` */
export function writeHold(place: Place, hold: Hold, read: Hold | undefined): Promise<boolean> {
  return writeNext(place, holdKey(hold.table), hold, read);
}

/** @returns false if other warnings were acknowledged since `read` */
export function writeAcknowledged(place: Place, acknowledged: Acknowledged, read: Acknowledged | undefined): Promise<boolean> {
  return writeNext(place, acknowledgedKey(acknowledged.table), acknowledged, read);
}

async function writeNext(
  { client, ledger }: Place,
  key: { pk: string; sk: string },
  next: object,
  read: { number: number } | undefined,
): Promise<boolean> {
  const condition = read
    ? {
        ConditionExpression: isAsRead,
        ExpressionAttributeNames: { '#number': 'number' },
        ExpressionAttributeValues: { ':number': toValue(read.number) },
      }
    : { ConditionExpression: recordIsNew };
  try {
    await client.send(new PutItemCommand({ TableName: ledger, Item: { ...toRecord(next), ...keyValues(key) }, ...condition }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
