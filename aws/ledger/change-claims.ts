import { type AttributeValue, ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { PauseAfter } from '../../core/ledger/limits/pause-after.ts';
import type { TokenPort } from '../../core/segment/writes/change-tokens.ts';
import { claimsKey, keyValues } from './ledger-keys.ts';

/**
 * ```text
 * worker A: 3 of 100 left: claims 3
 * worker B: 3 of 100 left, as it last heard                  claims 3 → the condition fails, and 100 is returned
 * ```
 */
const limitHasRoom = 'attribute_not_exists(claimed) OR claimed <= :max';

/** Given back changes must have been claimed: a record that is gone would begin with a negative number. */
const claimsAreThere = 'claimed >= :count';

/** The changes that workers claimed under the limits of runs: a record of its own for each limit, beside the run's control. */
export class ChangeClaims implements TokenPort {
  readonly #client: DynamoDBClient;
  readonly #sendOnce: DynamoDBClient;
  readonly #ledger: string;

  /**
   * @param client may repeat a request: what is claimed twice is lost
   * @param sendOnce must not repeat one: what is given back twice could be claimed twice
   */
  constructor(client: DynamoDBClient, sendOnce: DynamoDBClient, ledger: string) {
    this.#client = client;
    this.#sendOnce = sendOnce;
    this.#ledger = ledger;
  }

  async claim(run: string, limit: PauseAfter, count: number): Promise<{ claimed: number; left: number }> {
    if (count > limit.items) throw new RangeError(`${count} changes cannot be claimed of ${limit.items}`);
    try {
      const { Attributes } = await this.#client.send(
        new UpdateItemCommand({
          ...this.#recordOf(run, limit),
          UpdateExpression: 'ADD claimed :count',
          ConditionExpression: limitHasRoom,
          ExpressionAttributeValues: { ':count': { N: String(count) }, ':max': { N: String(limit.items - count) } },
          ReturnValues: 'UPDATED_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return { claimed: count, left: limit.items - claimedIn(Attributes) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { claimed: 0, left: Math.max(0, limit.items - claimedIn(error.Item)) };
    }
  }

  async giveBack(run: string, limit: PauseAfter, count: number): Promise<void> {
    await this.#sendOnce.send(
      new UpdateItemCommand({
        ...this.#recordOf(run, limit),
        UpdateExpression: 'ADD claimed :back',
        ConditionExpression: claimsAreThere,
        ExpressionAttributeValues: { ':count': { N: String(count) }, ':back': { N: String(-count) } },
      }),
    );
  }

  #recordOf(run: string, limit: PauseAfter) {
    return { TableName: this.#ledger, Key: keyValues(claimsKey(run, limit)) };
  }
}

function claimedIn(item: Record<string, AttributeValue> | undefined): number {
  return Number(item?.['claimed']?.N ?? 0);
}
