import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { daysBeyondJournal, defaultJournalRetentionDays } from '../../core/journal/journal-retention.ts';
import type { Checkpoint, SegmentAssignment } from '../../core/ledger/checkpoint.ts';
import type { CheckpointPort } from '../../core/segment/segment-ports.ts';
import type { Failure } from '../../core/segment/segment-progress.ts';
import { decodeImage, type Image } from '../../core/values/attribute-value.ts';
import { nameService } from '../naming-service.ts';
import { itemId } from './item-id.ts';
import { checkpointKey, controlKey, failureKey, keyValues, toChangeKey } from './ledger-keys.ts';
import { CheckpointRecord, fromRecord, toRecord, toValue } from './ledger-record.ts';
import { LedgerReader } from './reading/ledger-reader.ts';
import { timelineText } from './timeline-text.ts';
import { maxTries, pastConflicts, pauseAfter } from './transaction-conflict.ts';

/**
 * ```text
 * worker A: finds no checkpoint                    takes the segment as attempt 1 → the condition fails
 * worker B: finds no checkpoint   takes it as attempt 1
 * ```
 */
const segmentIsNew = 'attribute_not_exists(pk)';

/**
 * ```text
 * worker A: reads attempt 1                    takes the segment as attempt 2 → the condition fails
 * worker B: reads attempt 1   takes it as attempt 2
 * ```
 */
const attemptIsAsRead = 'attempt = :attemptRead';

/** What the last save says is known, see core/segment/transform-segment.ts. A record of an early version has no number. */
const savesAreAsRead = '(saves = :savesRead OR attribute_not_exists(saves))';

/**
 * ```text
 * worker A (attempt 1): is frozen                                     wakes, saves position 10 → the condition fails
 * worker B:                       takes the segment as attempt 2, saves position 90
 * ```
 */
const attemptIsOurs = 'attempt = :attempt';

/**
 * ```text
 * worker: saves position 10 as number 4, which is held in the network
 * worker: gets no answer, saves position 10 once more, then position 90 as number 5
 * network:                                                            delivers number 4 → the condition fails
 * ```
 */
const nothingNewerIsSaved = '(attribute_not_exists(saves) OR saves < :saves)';

/**
 * The failures that are counted for the run are those of the saved checkpoints, whatever becomes of answers.
 *
 * ```text
 * worker: saves number 4 with 12 failed items, adds 12 to those of the run; all answers are lost
 * worker: knows of no failures that were counted, saves number 5 with 15, adds 15 → the condition fails, and 12 is returned
 * worker: saves number 5 with 15, adds 3
 * ```
 */
const failuresAreAsCounted = 'counters.failed = :counted';

/** An update of a control that is gone would make a new record of it. */
const controlExists = 'attribute_exists(pk)';

const daysToKeep = 30;

/** Checkpoints and failures in the ledger. They expire 30 days after they were last written; those with a journal, after it does. */
export class Checkpoints implements CheckpointPort {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;
  readonly #now: () => number;
  readonly #journalDays: number;

  /**
   * @param now milliseconds since 1970
   * @param journalDays for which journals are kept
   */
  constructor(client: DynamoDBClient, ledger: string, now: () => number, journalDays = defaultJournalRetentionDays) {
    this.#journalDays = journalDays;
    this.#client = client;
    this.#ledger = ledger;
    this.#now = now;
  }

  read({ run, pass, segment }: SegmentAssignment): Promise<Checkpoint | undefined> {
    return new LedgerReader(this.#client, this.#ledger).checkpoint(run, pass, segment);
  }

  async take(checkpoint: Checkpoint, savesRead = 0): Promise<boolean> {
    const { attempt, takenBy } = checkpoint;
    const attemptRead = attempt - 1;
    const result =
      attemptRead === 0
        ? await this.#put(checkpoint, segmentIsNew)
        : await this.#put(checkpoint, `${attemptIsAsRead} AND ${savesAreAsRead}`, { attemptRead, savesRead });
    // It was taken by this very request, whose answer was lost so that the SDK sent it again.
    return result === 'written' || (takenBy !== undefined && result.attempt === attempt && result.takenBy === takenBy);
  }

  async save(checkpoint: Checkpoint, failuresCounted: number): Promise<boolean> {
    const { attempt, takenBy, saves } = checkpoint;
    for (let counted = failuresCounted; ; ) {
      const result = await this.#saveOnce(checkpoint, counted);
      if (result === 'written') return true;
      if (result.attempt !== attempt || result.takenBy !== takenBy) return false;
      if ((result.saves ?? 0) >= saves) return true;
      // An earlier save was made of which the worker never learnt.
      counted = result.counters?.failed ?? 0;
    }
  }

  async recordFailures({ run, pass, segment, sequence }: Checkpoint, failures: readonly Failure[], room: number): Promise<void> {
    const records = failures.slice(0, room).map(({ key, error, sequence: failedAt = sequence }) => ({
      ...failureKey(run, pass, segment, itemId(key)),
      sequence: failedAt,
      segment,
      key: decodeImage(key),
      name: error.name,
      message: error.message,
      place: error.place,
      target: error.target,
      targetTable: error.targetTable,
      ttl: this.#expiry(),
    }));
    // Of an item that was changed several times, several changes may not have gone back.
    await this.#putAll([...new Map(records.map((record) => [record.sk, record])).values()]);
  }

  async recordToChange({ run, pass, segment, sequence }: Checkpoint, keys: readonly Image[]): Promise<void> {
    const ttl = this.#expiry();
    await this.#putAll(
      keys.map((key) => ({ ...toChangeKey(run, pass, segment, itemId(key)), sequence, segment, key: decodeImage(key), ttl })),
    );
  }

  /**
   * @param records up to 25, as one batch holds
   * @throws Error ThrottlingException: when the ledger is busy all the time. The SDK does not send again what DynamoDB leaves unprocessed
   */
  async #putAll(records: readonly object[]): Promise<void> {
    let requests: WriteRequest[] = records.map((record) => ({ PutRequest: { Item: toRecord(record) } }));
    for (let tries = 1; requests.length > 0; tries++) {
      const { UnprocessedItems } = await this.#client.send(new BatchWriteItemCommand({ RequestItems: { [this.#ledger]: requests } }));
      requests = UnprocessedItems?.[this.#ledger] ?? [];
      if (requests.length === 0) return;
      if (tries === maxTries) throw tooBusy();
      await pauseAfter(tries);
    }
  }

  #saveOnce(checkpoint: Checkpoint, counted: number): Promise<'written' | Partial<Checkpoint>> {
    const { attempt, saves, counters } = checkpoint;
    const condition = `${attemptIsOurs} AND ${nothingNewerIsSaved}`;
    const failures = counters.failed - counted;
    return failures === 0
      ? this.#put(checkpoint, condition, { attempt, saves })
      : this.#putAndCount(checkpoint, `${condition} AND ${failuresAreAsCounted}`, { attempt, saves, counted }, failures);
  }

  /** @returns the checkpoint that is there if the condition does not hold */
  async #put(checkpoint: Checkpoint, condition: string, values: Record<string, number> = {}): Promise<'written' | Partial<Checkpoint>> {
    try {
      await pastConflicts(() => this.#client.send(new PutItemCommand(this.#putOf(checkpoint, condition, values))));
      return 'written';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return checkpointIn(error.Item);
      throw error;
    }
  }

  /** The same, and adds to the failures of the run. */
  async #putAndCount(
    checkpoint: Checkpoint,
    condition: string,
    values: Record<string, number>,
    failures: number,
  ): Promise<'written' | Partial<Checkpoint>> {
    const count = {
      TableName: this.#ledger,
      Key: keyValues(controlKey(checkpoint.run)),
      UpdateExpression: 'ADD failures :count',
      ConditionExpression: controlExists,
      ExpressionAttributeValues: { ':count': toValue(failures) },
    };
    try {
      const actions = [{ Put: this.#putOf(checkpoint, condition, values) }, { Update: count }];
      await pastConflicts(() => this.#client.send(new TransactWriteItemsCommand({ TransactItems: actions })));
      return 'written';
    } catch (error) {
      const reason = error instanceof TransactionCanceledException ? error.CancellationReasons?.[0] : undefined;
      if (reason?.Code === 'ConditionalCheckFailed') return checkpointIn(reason.Item);
      throw error;
    }
  }

  #putOf(checkpoint: Checkpoint, ConditionExpression: string, values: Record<string, number>) {
    const { run, pass, segment, position, inHand, timeline, journal, reports, failedAt } = checkpoint;
    const record = {
      ...checkpoint,
      ...checkpointKey(run, pass, segment),
      position: position && decodeImage(position),
      inHand: inHand && { ...inHand, key: decodeImage(inHand.key) },
      failedAt: failedAt && { ...failedAt, position: failedAt.position && decodeImage(failedAt.position) },
      timeline: timeline && timelineText(timeline),
      ttl: this.#expiry(journal || reports ? this.#journalDays + daysBeyondJournal : 0),
    };
    const named = Object.entries(values).map(([name, value]) => [`:${name}`, toValue(value)]);
    return {
      TableName: this.#ledger,
      Item: toRecord(record),
      ConditionExpression,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      ...(named.length > 0 ? { ExpressionAttributeValues: Object.fromEntries(named) } : {}),
    };
  }

  /** Seconds since 1970, as DynamoDB's time to live takes it. */
  #expiry(leastDays = 0): number {
    return Math.floor(this.#now() / 1000) + Math.max(daysToKeep, leastDays) * 86_400;
  }
}

function tooBusy(): Error {
  const error = new Error(`The ledger left records of items unprocessed ${maxTries} times in a row.`);
  return nameService(Object.assign(error, { name: 'ThrottlingException' }), 'DynamoDB');
}

function checkpointIn(item: Record<string, AttributeValue> | undefined): Partial<Checkpoint> {
  return item ? fromRecord(CheckpointRecord, item) : {};
}
