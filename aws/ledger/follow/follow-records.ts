import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  paginateQuery,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { FollowRecordsPort } from '../../../core/follow/follow-ports.ts';
import {
  type FailedKey,
  type FollowControl,
  type FollowedSequence,
  followHoursDays,
  hourOf,
  maxFollowSamples,
  maxFollowWriters,
  type OpenFailure,
} from '../../../core/ledger/follow.ts';
import { decodeImage } from '../../../core/values/attribute-value.ts';
import { encodeItem } from '../../../core/values/encode-value.ts';
import { keyText } from '../../../core/values/table-shape.ts';
import { itemId } from '../item-id.ts';
import { followControlKey, followedVersionKey, followFailureKey, followHourKey, followOf, keyValues } from '../ledger-keys.ts';
import { fromRecord, toRecord, toValue } from '../ledger-record.ts';
import { pastConflicts } from '../transaction-conflict.ts';
import { updateExpression } from '../update-expression.ts';
import { FollowControlRecord, FollowedVersionRecord, FollowFailureRecord } from './follow-record.ts';

const recordIsNew = 'attribute_not_exists(pk)';
/** No other invocation said anything since. */
const isAsRead = '#seenAt = :read';
const isLater = 'attribute_exists(pk) AND (attribute_not_exists(#lateUntil) OR #lateUntil < :lateUntil)';
const isFurther = 'attribute_exists(pk) AND (attribute_not_exists(#failuresClosed) OR #failuresClosed < :failuresClosed)';
const recordIsThere = 'attribute_exists(pk)';

/**
 * ```text
 * follower A: reads the failure        reads the item: in shape                                    deletes the failure → the condition fails
 * old code:                                                     writes an item that fails
 * follower B:                                                                records the failure anew
 * ```
 */
const isSameTry = '#at = :at';

/** Failed items that are looked at together. */
const maxFailures = 1000;

/**
 * ```text
 * follower A: knows number 4                               adds its items as 5 → the condition fails, and 5 is returned
 * follower B: knows number 4          adds its items as 5                                                               adds them as 6
 * ```
 */
const isAsKnown = '#number = :number';

/** Each sequence takes two actions of a transaction, which has up to 100. */
const maxSequences = 40;

/** What the follower of a stream writes to the ledger. */
export class FollowRecords implements FollowRecordsPort {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;
  /** The version's records as they were last written or read, by key. */
  readonly #known = new Map<string, FollowedVersionRecord>();

  constructor(client: DynamoDBClient, ledger: string) {
    this.#client = client;
    this.#ledger = ledger;
  }

  async say(control: FollowControl, read: FollowControl | undefined): Promise<FollowControl | undefined> {
    const { table, since, seenAt, leaseMs, following, followingSince, notFollowed, behindAt } = control;
    const said = { table, since, seenAt, leaseMs, following, followingSince, notFollowed, behindAt, format: 1 };
    const expression = read ? updateExpression(said, isAsRead, { read: read.seenAt }) : updateExpression(said, recordIsNew);
    const command = new UpdateItemCommand({
      TableName: this.#ledger,
      Key: keyValues(followControlKey(table)),
      ...expression,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await pastConflicts(() => this.#client.send(command));
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException && error.Item) return fromRecord(FollowControlRecord, error.Item);
      throw error;
    }
  }

  async late(table: string, lateUntil: number): Promise<void> {
    await this.#updateControl(table, { lateUntil }, isLater);
  }

  async broughtUp(table: string, sequences: readonly FollowedSequence[], at: string): Promise<void> {
    for (let from = 0; from < sequences.length; from += maxSequences)
      await this.#add(table, sequences.slice(from, from + maxSequences), at);
  }

  async failed(table: string, failures: readonly FailedKey[]): Promise<void> {
    for (const { key, ...fields } of failures) {
      const { ExpressionAttributeNames, ExpressionAttributeValues, UpdateExpression } = updateExpression(
        { key: decodeImage(key), place: undefined, sequence: undefined, ...fields, format: 1 },
        '',
      );
      await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#ledger,
          Key: keyValues(followFailureKey(table, itemId(key))),
          UpdateExpression: `${UpdateExpression} ADD tries :one`,
          ExpressionAttributeNames,
          ExpressionAttributeValues: { ...ExpressionAttributeValues, ':one': { N: '1' } },
        }),
      );
    }
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#ledger,
        Key: keyValues(followControlKey(table)),
        UpdateExpression: 'SET failedAt = :at ADD failures :failures',
        ConditionExpression: recordIsThere,
        ExpressionAttributeValues: { ':failures': toValue(failures.length), ':at': toValue(latestOf(failures)) },
      }),
    );
  }

  async openFailures(table: string): Promise<OpenFailure[]> {
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#ledger,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :failed)',
        ExpressionAttributeValues: { ':pk': { S: followOf(table) }, ':failed': { S: 'failed#' } },
        ConsistentRead: true,
      },
    );
    const found: OpenFailure[] = [];
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        const { key, sequence, at } = fromRecord(FollowFailureRecord, item);
        found.push({ key: encodeItem(key), sequence, at });
      }
      if (found.length >= maxFailures) break;
    }
    return found;
  }

  async closed(table: string, failures: number): Promise<void> {
    await this.#updateControl(table, { failuresClosed: failures }, isFurther);
  }

  async mended(table: string, failures: readonly OpenFailure[]): Promise<void> {
    for (const { key, at } of failures) {
      await this.#unlessConditionFails(
        new DeleteItemCommand({
          TableName: this.#ledger,
          Key: keyValues(followFailureKey(table, itemId(key))),
          ConditionExpression: isSameTry,
          ExpressionAttributeNames: { '#at': 'at' },
          ExpressionAttributeValues: { ':at': { S: at } },
        }),
      );
    }
  }

  /** In one transaction, so that a request whose answer is lost does not count twice when the SDK sends it again. */
  async #add(table: string, sequences: readonly FollowedSequence[], at: string): Promise<void> {
    for (;;) {
      const next = sequences.map((added) => withAdded(this.#known.get(nameOf(table, added.sequence)), added, at));
      const actions = sequences.flatMap((added, index) => [
        ...(added.changed > 0 ? [this.#putVersion(table, next[index])] : []),
        this.#addToHour(table, added, at),
      ]);
      try {
        await pastConflicts(() =>
          this.#client.send(new TransactWriteItemsCommand({ TransactItems: actions.filter((action) => action !== undefined) })),
        );
        for (const [index, { sequence, changed }] of sequences.entries()) {
          const written = next[index];
          if (changed > 0 && written) this.#known.set(nameOf(table, sequence), written);
        }
        return;
      } catch (error) {
        const found = conflictingIn(error);
        if (!found) throw error;
        for (const { sequence } of sequences) this.#known.delete(nameOf(table, sequence));
        for (const record of found) this.#known.set(nameOf(table, record.sequence), record);
      }
    }
  }

  #putVersion(table: string, record: FollowedVersionRecord | undefined): TransactWriteItem | undefined {
    if (!record) return undefined;
    const known = this.#known.get(nameOf(table, record.sequence));
    return {
      Put: {
        TableName: this.#ledger,
        Item: toRecord({ ...record, ...followedVersionKey(table, record.sequence) }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        ...(known
          ? {
              ConditionExpression: isAsKnown,
              ExpressionAttributeNames: { '#number': 'number' },
              ExpressionAttributeValues: { ':number': toValue(known.number) },
            }
          : { ConditionExpression: recordIsNew }),
      },
    };
  }

  #addToHour(table: string, { sequence, changed, failed }: FollowedSequence, at: string): TransactWriteItem {
    const hour = hourOf(at);
    const ttl = Math.floor(Date.parse(at) / 1000) + followHoursDays * 86_400;
    const { ExpressionAttributeNames, ExpressionAttributeValues, UpdateExpression } = updateExpression(
      { hour, sequence, lastAt: at, ttl, format: 1 },
      '',
    );
    return {
      Update: {
        TableName: this.#ledger,
        Key: keyValues(followHourKey(table, hour, sequence)),
        UpdateExpression: `${UpdateExpression} ADD changed :changed, failed :failed`,
        ExpressionAttributeNames,
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ':changed': toValue(changed), ':failed': toValue(failed) },
      },
    };
  }

  async #updateControl(table: string, fields: Record<string, unknown>, condition: string): Promise<void> {
    const expression = updateExpression(fields, condition);
    await this.#unlessConditionFails(
      new UpdateItemCommand({ TableName: this.#ledger, Key: keyValues(followControlKey(table)), ...expression }),
    );
  }

  async #unlessConditionFails(command: UpdateItemCommand | DeleteItemCommand): Promise<void> {
    try {
      await pastConflicts(() => (command instanceof UpdateItemCommand ? this.#client.send(command) : this.#client.send(command)));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}

function latestOf(failures: readonly FailedKey[]): string {
  return failures.reduce((latest, { at }) => (at > latest ? at : latest), '');
}

function nameOf(table: string, sequence: number): string {
  return `${table} ${sequence}`;
}

/** The records as they are now, if another follower wrote some of them; undefined if the error is another one. */
function conflictingIn(error: unknown): FollowedVersionRecord[] | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const failed = (error.CancellationReasons ?? []).filter(({ Code }) => Code === 'ConditionalCheckFailed');
  if (failed.length === 0) return undefined;
  return failed.flatMap(({ Item }) => (Item ? [fromRecord(FollowedVersionRecord, Item)] : []));
}

function withAdded(known: FollowedVersionRecord | undefined, added: FollowedSequence, at: string): FollowedVersionRecord {
  const { sequence, changed } = added;
  const samples = [...added.samples.map(({ key, at: seen }) => ({ key: decodeImage(key), at: seen })), ...(known?.samples ?? [])];
  const distinct = new Map<string, (typeof samples)[number]>();
  for (const sample of samples) {
    const text = keyText(encodeItem(sample.key));
    if (!distinct.has(text)) distinct.set(text, sample);
  }
  return {
    sequence,
    number: (known?.number ?? 0) + 1,
    lastAt: at,
    changed: (known?.changed ?? 0) + changed,
    samples: [...distinct.values()].slice(0, maxFollowSamples),
    writers: withWriters(known?.writers ?? {}, added.writers, at),
  };
}

/** Of more than 20, those that wrote last. */
function withWriters(known: FollowedVersionRecord['writers'], added: FollowedSequence['writers'], at: string) {
  const all = new Map(Object.entries(known));
  for (const [writer, changed] of Object.entries(added))
    all.set(writer, { changed: (all.get(writer)?.changed ?? 0) + changed, lastAt: at });
  const newest = [...all].sort(([, a], [, b]) => (a.lastAt < b.lastAt ? 1 : a.lastAt > b.lastAt ? -1 : 0)).slice(0, maxFollowWriters);
  return Object.fromEntries(newest);
}
