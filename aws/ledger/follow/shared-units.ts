import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import type { SharedUnitsPort } from '../../../core/follow/shared-pacing.ts';
import { keyValues, sharedUnitsKey } from '../ledger-keys.ts';
import { fromRecord } from '../ledger-record.ts';
import { pastConflicts } from '../transaction-conflict.ts';
import { updateExpression } from '../update-expression.ts';

const SharedUnitsRecord = z.object({ givenUntil: z.number(), to: z.string() });

const recordIsNew = 'attribute_not_exists(pk)';
/**
 * ```text
 * container A: knows 1,000                        gives until 1,250 → the condition fails, and 1,100 is returned
 * container B: knows 1,000   gives until 1,100
 * ```
 */
const isAsRead = '#givenUntil = :read';

/**
 * Until when the units of a followed table are given away, in the ledger.
 *
 * @param container a name that no other container has
 */
export function sharedUnits(
  client: DynamoDBClient,
  ledger: string,
  { table, kind, container }: { table: string; kind: 'reads' | 'writes'; container: string },
): SharedUnitsPort {
  const Key = keyValues(sharedUnitsKey(table, kind));
  let number = 0;
  return {
    give: async (read, givenUntil) => {
      // If the answer is lost, the request is sent again, and finds what it wrote itself.
      const to = `${container}#${++number}`;
      const said = { givenUntil, to, format: 1 };
      const expression = read === undefined ? updateExpression(said, recordIsNew) : updateExpression(said, isAsRead, { read });
      const command = new UpdateItemCommand({
        TableName: ledger,
        Key,
        ...expression,
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await pastConflicts(() => client.send(command));
        return { isGiven: true, until: givenUntil };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const found = error.Item && fromRecord(SharedUnitsRecord, error.Item);
        return { isGiven: found?.to === to, until: found?.givenUntil };
      }
    },
  };
}
