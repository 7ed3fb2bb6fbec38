import { type DynamoDBClient, GetItemCommand, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { keyIsFree } from '../../core/change/encode-expression.ts';
import type { SeedChunk, SeedPort, SeedResult } from '../../core/segment/seed-items.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { keyValues, seedKey } from '../ledger/ledger-keys.ts';
import { toValue } from '../ledger/ledger-record.ts';
import { asImage, asSdkItem } from '../sdk-image.ts';
import { chunkText, insertedIn } from './inserted-seeds.ts';
import { codeOf, isTransient, isUnanswered } from './statement-error.ts';
import { GuardClosed, writeGuard } from './write-guard.ts';

const positionIsAsRead = '(attribute_not_exists(#position) AND :from = :start) OR #position = :from';

/**
 * Inserts the seeds of one version of one table. The client must not retry by itself.
 *
 * How many seeds are done moves in the transaction that inserts them, so that a seed is inserted once:
 *
 *     worker                                DynamoDB                              application
 *     ------                                --------                              -----------
 *     inserts seeds 0 and 1, if the keys
 *     are free and the position is 0
 *                                           inserts them, position 2;
 *                                           the answer is lost
 *                                                                                 deletes seed 1
 *     sends the same again
 *                                           the position is not 0: cancels
 *     reads position 2, goes on from there;
 *     seed 1 stays deleted
 */
export class Seeds implements SeedPort {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;
  readonly #shape: TableShape;
  readonly #key: ReturnType<typeof keyValues>;

  /** @param table logical name */
  constructor(client: DynamoDBClient, ledger: string, table: string, sequence: number, shape: TableShape) {
    this.#client = client;
    this.#ledger = ledger;
    this.#shape = shape;
    this.#key = keyValues(seedKey(table, sequence));
  }

  async position(): Promise<number> {
    const { Item } = await this.#client.send(new GetItemCommand({ TableName: this.#ledger, Key: this.#key, ConsistentRead: true }));
    return Number(Item?.['position']?.N ?? 0);
  }

  async inserted(seeds: readonly Image[]): Promise<ReadonlySet<number>> {
    const { Item } = await this.#client.send(new GetItemCommand({ TableName: this.#ledger, Key: this.#key, ConsistentRead: true }));
    const chunks = (Item?.['inserted']?.L ?? []).map(({ S = '' }) => S);
    return insertedIn(chunks, Number(Item?.['position']?.N ?? 0), { shape: this.#shape, seeds });
  }

  async insert(images: readonly Image[], chunk: SeedChunk, mayWrite: () => boolean): Promise<SeedResult> {
    const { from } = chunk;
    const position = {
      Update: {
        TableName: this.#ledger,
        Key: this.#key,
        UpdateExpression: 'SET #position = :to, #inserted = list_append(if_not_exists(#inserted, :none), :chunk)',
        ConditionExpression: positionIsAsRead,
        ExpressionAttributeNames: { '#position': 'position', '#inserted': 'inserted' },
        ExpressionAttributeValues: {
          ':from': toValue(from),
          ':to': toValue(from + chunk.images.length),
          ':start': toValue(0),
          ':none': toValue([]),
          ':chunk': toValue([chunkText(this.#shape, chunk, images)]),
        },
      },
    };
    const puts = images.map((image) => ({
      Put: {
        TableName: this.#shape.name,
        Item: asSdkItem(image),
        ...keyIsFree(this.#shape.keys[0]?.name ?? ''),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      },
    }));
    const command = new TransactWriteItemsCommand({ TransactItems: [position, ...puts] });
    command.middlewareStack.use(writeGuard(mayWrite));
    try {
      await this.#client.send(command);
      return { kind: 'done' };
    } catch (error) {
      return resultOf(error);
    }
  }
}

function resultOf(error: unknown): SeedResult {
  if (error instanceof GuardClosed) return { kind: 'throttled' };
  if (isTransient(codeOf(error))) return isUnanswered(error) ? { kind: 'throttled', isUnanswered: true } : { kind: 'throttled' };
  if (!(error instanceof TransactionCanceledException)) throw error;
  const [position, ...puts] = error.CancellationReasons ?? [];
  if (position?.Code === 'ConditionalCheckFailed') return { kind: 'moved' };
  if (puts.some(({ Code }) => Code === 'ConditionalCheckFailed'))
    return { kind: 'taken', images: puts.map(({ Item }) => Item && asImage(Item)) };
  if ([position, ...puts].some((reason) => isTransient(reason?.Code))) return { kind: 'throttled' };
  throw error;
}
