import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { StoredControl } from './control-record.ts';
import { controlKey, keyValues } from './ledger-keys.ts';
import { pastConflicts } from './transaction-conflict.ts';
import { updateExpression } from './update-expression.ts';

/** The ledger and the run of a control. */
export interface ControlPlace {
  client: DynamoDBClient;
  ledger: string;
  run: string;
}

/** New values of single attributes; undefined removes one. */
export type ControlChanges = { [Name in keyof StoredControl]?: StoredControl[Name] | undefined };

/**
 * Changes a run's control in one conditional update; undefined fields are removed.
 *
 * @returns false if the condition does not hold
 */
export async function updateControl(
  { client, ledger, run }: ControlPlace,
  fields: ControlChanges,
  condition: string,
  values: Record<string, unknown>,
): Promise<boolean> {
  try {
    const expression = updateExpression(fields, condition, values);
    const update = { TableName: ledger, Key: keyValues(controlKey(run)), ...expression };
    await pastConflicts(() => client.send(new UpdateItemCommand(update)));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
