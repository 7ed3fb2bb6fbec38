import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { controlKey } from './ledger-keys.ts';
import { updateExpression } from './update-expression.ts';

/** Where a run's control is, and whose. */
export interface ControlPlace {
  client: DynamoDBClient;
  ledger: string;
  run: string;
}

/** Changes a run's control in one conditional update; undefined fields are removed. @returns false where the condition does not hold */
export async function updateControl(
  { client, ledger, run }: ControlPlace,
  fields: Record<string, unknown>,
  condition: string,
  values: Record<string, unknown>,
): Promise<boolean> {
  const { pk, sk } = controlKey(run);
  try {
    await client.send(
      new UpdateItemCommand({ TableName: ledger, Key: { pk: { S: pk }, sk: { S: sk } }, ...updateExpression(fields, condition, values) }),
    );
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
