import { createHash } from 'node:crypto';
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Checkpoint, SegmentAssignment } from '../../core/ledger/checkpoint.ts';
import type { CheckpointPort } from '../../core/segment/segment-ports.ts';
import type { Failure } from '../../core/segment/segment-progress.ts';
import { decodeImage, type Image } from '../../core/values/attribute-value.ts';
import { keyText } from '../../core/values/table-shape.ts';
import { checkpointKey, controlKey, failureKey, toChangeKey } from './ledger-keys.ts';
import { LedgerReader } from './ledger-reader.ts';
import { toRecord, toValue } from './ledger-record.ts';
import { timelineText } from './timeline-text.ts';

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

/**
 * ```text
 * worker A (attempt 1): is frozen                                     wakes, saves position 10 → the condition fails
 * worker B:                       takes the segment as attempt 2, saves position 90
 * ```
 */
const attemptIsOurs = 'attempt = :attempt';

/** An update of a control that is gone would make a new record of it. */
const controlExists = 'attribute_exists(pk)';

const daysToKeep = 30;

/** Checkpoints and failures in the ledger. They expire 30 days after they were last written. */
export class Checkpoints implements CheckpointPort {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;
  readonly #now: () => number;

  /** @param now milliseconds since 1970 */
  constructor(client: DynamoDBClient, ledger: string, now: () => number) {
    this.#client = client;
    this.#ledger = ledger;
    this.#now = now;
  }

  read({ run, pass, segment }: SegmentAssignment): Promise<Checkpoint | undefined> {
    return new LedgerReader(this.#client, this.#ledger).checkpoint(run, pass, segment);
  }

  take(checkpoint: Checkpoint): Promise<boolean> {
    return checkpoint.attempt === 1
      ? this.#put(checkpoint, segmentIsNew)
      : this.#put(checkpoint, attemptIsAsRead, { attemptRead: checkpoint.attempt - 1 });
  }

  save(checkpoint: Checkpoint): Promise<boolean> {
    return this.#put(checkpoint, attemptIsOurs, { attempt: checkpoint.attempt });
  }

  async recordFailures({ run, pass, segment, sequence }: Checkpoint, failures: readonly Failure[], room: number): Promise<void> {
    const records = failures.slice(0, room).map(({ key, error }) => ({
      ...failureKey(run, pass, segment, itemId(key)),
      sequence,
      segment,
      key: decodeImage(key),
      name: error.name,
      message: error.message,
      place: error.place,
      ttl: this.#expiry(),
    }));
    await this.#putAll(records);
    const { pk, sk } = controlKey(run);
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#ledger,
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: 'ADD failures :count',
        ConditionExpression: controlExists,
        ExpressionAttributeValues: { ':count': toValue(failures.length) },
      }),
    );
  }

  async recordToChange({ run, pass, segment, sequence }: Checkpoint, keys: readonly Image[]): Promise<void> {
    const ttl = this.#expiry();
    await this.#putAll(
      keys.map((key) => ({ ...toChangeKey(run, pass, segment, itemId(key)), sequence, segment, key: decodeImage(key), ttl })),
    );
  }

  /** @param records up to 25, as one batch holds */
  async #putAll(records: readonly object[]): Promise<void> {
    let requests = records.map((record) => ({ PutRequest: { Item: toRecord(record) } }));
    while (requests.length > 0) {
      const { UnprocessedItems } = await this.#client.send(new BatchWriteItemCommand({ RequestItems: { [this.#ledger]: requests } }));
      requests = (UnprocessedItems?.[this.#ledger] ?? []) as typeof requests;
    }
  }

  async #put(checkpoint: Checkpoint, condition: string, values: Record<string, number> = {}): Promise<boolean> {
    const { run, pass, segment, position, timeline } = checkpoint;
    const record = {
      ...checkpoint,
      ...checkpointKey(run, pass, segment),
      position: position && decodeImage(position),
      timeline: timeline && timelineText(timeline),
      ttl: this.#expiry(),
    };
    const named = Object.entries(values).map(([name, value]) => [`:${name}`, toValue(value)]);
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#ledger,
          Item: toRecord(record),
          ConditionExpression: condition,
          ...(named.length > 0 ? { ExpressionAttributeValues: Object.fromEntries(named) } : {}),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** Seconds since 1970, as DynamoDB's time to live takes it. */
  #expiry(): number {
    return Math.floor(this.#now() / 1000) + daysToKeep * 86_400;
  }
}

/** The same for the same item. */
function itemId(key: Image): string {
  return createHash('sha256').update(keyText(key)).digest('hex').slice(0, 12);
}
