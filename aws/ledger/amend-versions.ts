import { type DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Amendment } from '../../core/run/amend-versions.ts';
import type { Lock } from '../../core/run/take-table.ts';
import { lockKey, versionKey } from './ledger-keys.ts';
import { toRecord, toValue } from './ledger-record.ts';
import { isTransactionLost } from './transaction-lost.ts';

const nobodyEverTookTheTable = 'attribute_not_exists(pk)';
const nobodyTookTheTableSince = '#run = :run AND #execution = :execution AND #fence = :fence';
const versionIsNew = 'attribute_not_exists(pk)';
const versionIsAsRead = '#status = :status AND #checksum = :checksum AND #run = :run';

/** Writes amendments in one transaction. @returns false where the lock, or a version, is not as it was read */
export async function writeAmendments(
  { client, ledger }: { client: DynamoDBClient; ledger: string },
  table: string,
  amendments: readonly Amendment[],
  lockRead: Lock | undefined,
): Promise<boolean> {
  const lock = lockRead
    ? {
        ConditionExpression: nobodyTookTheTableSince,
        ...fields({ run: lockRead.run, execution: lockRead.execution, fence: lockRead.fence }),
      }
    : { ConditionExpression: nobodyEverTookTheTable };
  const puts = amendments.map(({ before, after }) => ({
    Put: {
      TableName: ledger,
      Item: { ...toRecord(after), ...keyValues(versionKey(table, after.sequence)) },
      ...(before
        ? { ConditionExpression: versionIsAsRead, ...fields({ status: before.status, checksum: before.checksum, run: before.run }) }
        : { ConditionExpression: versionIsNew }),
    },
  }));
  try {
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [{ ConditionCheck: { TableName: ledger, Key: keyValues(lockKey(table)), ...lock } }, ...puts],
      }),
    );
    return true;
  } catch (error) {
    if (isTransactionLost(error)) return false;
    throw error;
  }
}

/** Names and values of fields that an expression compares as `#field = :field`. */
function fields(values: Record<string, string | number>) {
  return {
    ExpressionAttributeNames: Object.fromEntries(Object.keys(values).map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, toValue(value)])),
  };
}

function keyValues({ pk, sk }: { pk: string; sk: string }) {
  return { pk: { S: pk }, sk: { S: sk } };
}
