import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Hold } from '../../core/ledger/hold.ts';
import { holdKey } from './ledger-keys.ts';
import { toRecord, toValue } from './ledger-record.ts';

const recordIsNew = 'attribute_not_exists(pk)';

/**
 * ```text
 * operator A: reads hold 4                        releases as 5 → the condition fails
 * operator B:              holds below 2 as 5
 * ```
 */
const holdIsAsRead = '#number = :number';

/** @returns false if another hold or release was recorded since `read` */
export async function writeHold(
  { client, ledger }: { client: DynamoDBClient; ledger: string },
  hold: Hold,
  read: Hold | undefined,
): Promise<boolean> {
  const { pk, sk } = holdKey(hold.table);
  const condition = read
    ? {
        ConditionExpression: holdIsAsRead,
        ExpressionAttributeNames: { '#number': 'number' },
        ExpressionAttributeValues: { ':number': toValue(read.number) },
      }
    : { ConditionExpression: recordIsNew };
  try {
    await client.send(new PutItemCommand({ TableName: ledger, Item: { ...toRecord(hold), pk: { S: pk }, sk: { S: sk } }, ...condition }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
