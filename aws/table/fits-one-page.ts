import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { TableShape } from '../../core/values/table-shape.ts';

/**
 * Whether one page of a Scan, of up to `maxItems`, holds the whole table, eventually consistent. Costs up to 128 read units: DescribeTable's
 * sizes cost nothing, and are up to six hours old.
 */
export async function fitsOnePage(client: DynamoDBClient, { name }: Pick<TableShape, 'name'>, maxItems: number): Promise<boolean> {
  // A page that reaches its limit does not tell that the table ends there.
  const { LastEvaluatedKey } = await client.send(new ScanCommand({ TableName: name, Select: 'COUNT', Limit: maxItems + 1 }));
  return LastEvaluatedKey === undefined;
}
