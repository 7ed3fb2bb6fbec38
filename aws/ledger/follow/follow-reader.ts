import { type AttributeValue, type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import type { FollowControl, FollowedVersion, FollowFailure, FollowHour, FollowPicture } from '../../../core/ledger/follow.ts';
import { followOf } from '../ledger-keys.ts';
import { fromRecord } from '../ledger-record.ts';
import { FollowControlRecord, FollowedVersionRecord, FollowFailureRecord, FollowHourRecord } from './follow-record.ts';

const maxFailures = 1000;

/**
 * All that the ledger knows of a table's follower, strongly consistent.
 *
 * @param since the first hour, `2026-11-27T12`; the ledger keeps those of eight days
 */
export function readFollow(client: DynamoDBClient, ledger: string, table: string, since: string): Promise<FollowPicture> {
  return followIn(recordsOf(client, ledger, table), since);
}

/** The same, from all records of the follower. */
export async function followIn(
  records: AsyncIterable<Record<string, AttributeValue>> | Iterable<Record<string, AttributeValue>>,
  since: string,
): Promise<FollowPicture> {
  let control: FollowControl | undefined;
  const hours: FollowHour[] = [];
  const versions: FollowedVersion[] = [];
  const failed: FollowFailure[] = [];
  for await (const item of records) {
    const [kind] = (item['sk']?.S ?? '').split('#', 1);
    if (kind === 'control') control = fromRecord(FollowControlRecord, item);
    else if (kind === 'hour') hours.push(fromRecord(FollowHourRecord, item));
    else if (kind === 'version') {
      const { number: _, ...version } = fromRecord(FollowedVersionRecord, item);
      versions.push(version);
    } else if (kind === 'failed' && failed.length < maxFailures) failed.push(fromRecord(FollowFailureRecord, item));
  }
  return { control, hours: hours.filter(({ hour }) => hour >= since), versions, failed };
}

async function* recordsOf(client: DynamoDBClient, ledger: string, table: string): AsyncGenerator<Record<string, AttributeValue>> {
  const pages = paginateQuery(
    { client },
    {
      TableName: ledger,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: followOf(table) } },
      ConsistentRead: true,
    },
  );
  for await (const page of pages) yield* page.Items ?? [];
}
