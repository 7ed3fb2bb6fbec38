import type { AttributeValue, BatchGetItemOutput, DynamoDBClient, QueryOutput } from '@aws-sdk/client-dynamodb';
import type { GotItems, LookupPort, NoAnswer, QueriedItems, QueryRequest } from '../../core/lookup/lookup-port.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { asImage } from '../sdk-image.ts';
import { sortKeyCondition } from '../sort-key-condition.ts';
import { codeOf, isFatal, isTransient } from '../table/statement-error.ts';
import { readTableDetails } from '../table/table-details.ts';
import type { Operation, Wire } from '../table/wire.ts';
import { readAnswer, requestText } from '../table/wire-json.ts';

/** Reads tables to look things up in. Nothing is retried here, except for what describes them. */
export class LookupTables implements LookupPort {
  readonly #client: DynamoDBClient;
  readonly #wire: Wire;

  /**
   * @param client describes tables
   * @param wire sends reads with the same credentials
   */
  constructor(client: DynamoDBClient, wire: Wire) {
    this.#client = client;
    this.#wire = wire;
  }

  async describe(tableName: string): Promise<TableShape | undefined> {
    try {
      return (await readTableDetails(this.#client, tableName))?.shape;
    } catch (error) {
      throw isFatal(codeOf(error)) ? refused(tableName, error) : error;
    }
  }

  async getItems(tableName: string, keys: readonly Image[], consistent: boolean): Promise<GotItems | NoAnswer> {
    const request = { RequestItems: { [tableName]: { Keys: keys, ConsistentRead: consistent } }, ReturnConsumedCapacity: 'TOTAL' };
    return this.#read('BatchGetItem', tableName, request, (answer: BatchGetItemOutput, size) => ({
      kind: 'answered',
      images: imagesOf(answer.Responses?.[tableName]),
      unprocessed: imagesOf(answer.UnprocessedKeys?.[tableName]?.Keys),
      size,
      units: (answer.ConsumedCapacity ?? []).reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0),
    }));
  }

  async queryPage(asked: QueryRequest): Promise<QueriedItems | NoAnswer> {
    const { tableName, index, reverse, limit, consistent, position } = asked;
    const request = {
      TableName: tableName,
      IndexName: index,
      ...keyCondition(asked),
      ScanIndexForward: !reverse,
      Limit: limit,
      ConsistentRead: consistent,
      ExclusiveStartKey: position,
      ReturnConsumedCapacity: 'TOTAL',
    };
    return this.#read('Query', tableName, request, (answer: QueryOutput) => ({
      kind: 'answered',
      images: imagesOf(answer.Items),
      position: answer.LastEvaluatedKey && asImage(answer.LastEvaluatedKey),
      units: answer.ConsumedCapacity?.CapacityUnits ?? 0,
    }));
  }

  async #read<Output extends object, Read>(
    operation: Operation,
    tableName: string,
    request: object,
    read: (answer: Output, size: number) => Read,
  ): Promise<Read | NoAnswer> {
    try {
      const text = await this.#wire.send(operation, requestText(request));
      return read(readAnswer<Output>(text), text.length);
    } catch (error) {
      const code = codeOf(error);
      if (isTransient(code)) return { kind: 'throttled' };
      if (isFatal(code)) throw refused(tableName, error);
      return { kind: 'refused', code };
    }
  }
}

function imagesOf(items: readonly Record<string, AttributeValue>[] = []): Image[] {
  return items.map(asImage);
}

/** Its name is DynamoDB's code. */
function refused(tableName: string, cause: unknown): Error {
  const code = codeOf(cause);
  return Object.assign(
    new Error(
      `DynamoDB refused to read "${tableName}" for a look-up: ${code}. Check that the table exists, and that the stack gives it to the construct in \`tables\` or \`lookupTables\`.`,
    ),
    { name: code },
  );
}

function keyCondition({ partition, sortKey }: QueryRequest) {
  const names: Record<string, string> = {};
  const values: Image = {};
  const conditions = Object.entries(partition).map(([name, value], position) => {
    names[`#p${position}`] = name;
    values[`:p${position}`] = value;
    return `#p${position} = :p${position}`;
  });
  if (sortKey) {
    names['#s'] = sortKey.name;
    sortKey.values.forEach((value, position) => {
      values[`:s${position}`] = value;
    });
    conditions.push(sortKeyCondition(sortKey.comparison, '#s'));
  }
  return {
    KeyConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
