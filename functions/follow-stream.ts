import * as z from 'zod';
import { readFollow } from '../aws/ledger/follow/follow-reader.ts';
import { imageInRecord } from '../aws/table/wire-json.ts';
import { RunError } from '../core/errors.ts';
import { followBatch, retryFailed, type StreamRecord } from '../core/follow/follow-stream.ts';
import { ownValue } from '../core/own-value.ts';
import { encodeItem } from '../core/values/encode-value.ts';
import { startWatchdog } from './wiring/careful/watchdog.ts';
import { nameAwsFaults } from './wiring/clients/name-aws-faults.ts';
import { retryingClient } from './wiring/clients/retrying-client.ts';
import { environment } from './wiring/environment.ts';
import { followedTable } from './wiring/followed-table.ts';
import { log } from './wiring/log.ts';
import { measureFollowing } from './wiring/metrics.ts';
import { tellMuted } from './wiring/muted-console.ts';
import { publishedTables } from './wiring/published-tables.ts';

const image = z.record(z.string(), z.unknown());

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
const StreamEvent = z.object({
  Records: z
    .array(
      z.object({
        eventName: z.string(),
        eventSourceARN: z.string(),
        dynamodb: z.object({
          Keys: image,
          NewImage: image.optional(),
          SequenceNumber: z.string(),
          /** Seconds since 1970. */
          ApproximateCreationDateTime: z.number().optional(),
        }),
      }),
    )
    .min(1),
});
const RetryEvent = z.object({ table: z.string(), retry: z.literal(true) });

/** Brings up what old code still writes to a followed table, or tries the items again that failed. */
export const handler = nameAwsFaults(handle);

async function handle(event: unknown, context: { getRemainingTimeInMillis(): number }) {
  startWatchdog();
  try {
    const asked = RetryEvent.safeParse(event);
    if (asked.success) return await retry(asked.data.table, context.getRemainingTimeInMillis());
    const { Records } = StreamEvent.parse(event);
    const records = Records.map(recordOf);
    const failedFrom = await follow(Records[0]?.eventSourceARN ?? '', records, context.getRemainingTimeInMillis());
    return { batchItemFailures: failedFrom === undefined ? [] : [{ itemIdentifier: failedFrom }] };
  } finally {
    tellMuted();
  }
}

/** @returns from which record on the batch must come again, also if something is at fault: the records must not be lost */
async function follow(arn: string, records: readonly StreamRecord[], remainingMs: number): Promise<string | undefined> {
  try {
    const table = await tableOf(arn);
    const { failedFrom, did } = await followBatch(records, await followedTable(table, remainingMs));
    if (did) measureFollowing(table, records.length, did);
    if (did?.fault || failedFrom !== undefined) log('batchLeft', { table, records: records.length, reason: nameOf(did?.fault) });
    return failedFrom;
  } catch (error) {
    log('batchLeft', { records: records.length, reason: nameOf(error) });
    return records[0]?.sequenceNumber;
  }
}

async function retry(table: string, remainingMs: number) {
  if (ownValue(environment.followed, table) === undefined)
    throw new RunError(
      'InvalidInput',
      `The stream of ${table} is not followed, so there is nothing to try again. Look at \`follow\` of the table in the stack.`,
      {
        fields: { table },
      },
    );
  const ports = await followedTable(table, remainingMs);
  const { failed } = await readFollow(retryingClient, environment.ledger, table, '');
  const failures = failed.map(({ key, sequence, at }) => ({ key: encodeItem(key), sequence, at }));
  const retried = await retryFailed(failures, ports);
  log('failuresRetried', { table, ...retried });
  return retried;
}

/** The logical name of the followed table to which a stream belongs. */
async function tableOf(arn: string): Promise<string> {
  const [, tableName = ''] = /:table\/([^/]+)\/stream\//.exec(arn) ?? [];
  const published = await publishedTables();
  const table = Object.keys(environment.followed).find((name) => published.tableName(name) === tableName);
  if (table === undefined)
    throw new RunError('UnknownTable', `No followed table is called ${tableName}. Deploy the stack again.`, { fields: { tableName } });
  return table;
}

function recordOf({ eventName, dynamodb }: z.infer<typeof StreamEvent>['Records'][number]): StreamRecord {
  const { Keys, NewImage, SequenceNumber, ApproximateCreationDateTime: seconds } = dynamodb;
  return {
    sequenceNumber: SequenceNumber,
    key: imageInRecord(Keys),
    isRemoved: eventName === 'REMOVE',
    image: NewImage && imageInRecord(NewImage),
    at: new Date((seconds ?? Date.now() / 1000) * 1000).toISOString(),
  };
}

/** Only a name: the text of an error could hold item data. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'waits';
}
