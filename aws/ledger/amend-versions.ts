import { type DynamoDBClient, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import type { Lock } from '../../core/ledger/lock.ts';
import { type Amendment, isTakenBack } from '../../core/run/versions/amend-versions.ts';
import { keyValues, lockKey, seedKey, versionKey } from './ledger-keys.ts';
import { toRecord, toValue } from './ledger-record.ts';
import { isTransactionLost } from './transaction-lost.ts';

const recordIsNew = 'attribute_not_exists(pk)';

/**
 * ```text
 * operator: reads the lock (fence 7, run ended)                        writes version 3 as applied → the condition fails
 * start:                                        takes the table: fence 8
 * ```
 */
const lockIsAsRead = '#run = :run AND #execution = :execution AND #fence = :fence';

/**
 * ```text
 * operator A: reads version 3                        accepts the checksum of file A → the condition fails
 * operator B:                 accepts file B
 * ```
 */
const versionIsAsRead = '#status = :status AND #checksum = :checksum AND #run = :run';

/**
 * Writes amendments in one transaction.
 *
 * @returns false if the lock or a version changed since it was read
 */
export async function writeAmendments(
  { client, ledger }: { client: DynamoDBClient; ledger: string },
  table: string,
  amendments: readonly Amendment[],
  lockRead: Lock | undefined,
): Promise<boolean> {
  const lock = lockRead
    ? {
        ConditionExpression: lockIsAsRead,
        ...fields({ run: lockRead.run, execution: lockRead.execution, fence: lockRead.fence }),
      }
    : { ConditionExpression: recordIsNew };
  const puts = amendments.map(({ before, after }) => ({
    Put: {
      TableName: ledger,
      Item: { ...toRecord(after), ...keyValues(versionKey(table, after.sequence)) },
      ...(before
        ? { ConditionExpression: versionIsAsRead, ...fields({ status: before.status, checksum: before.checksum, run: before.run }) }
        : { ConditionExpression: recordIsNew }),
    },
  }));
  // A table without the version has none of its seeds.
  const seeds = amendments.filter(isTakenBack).map(({ after: { sequence } }) => ({
    Put: { TableName: ledger, Item: { ...toRecord({ position: 0 }), ...keyValues(seedKey(table, sequence)) } },
  }));
  try {
    await client.send(
      new TransactWriteItemsCommand({
        TransactItems: [{ ConditionCheck: { TableName: ledger, Key: keyValues(lockKey(table)), ...lock } }, ...puts, ...seeds],
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
