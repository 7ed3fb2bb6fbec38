import { randomUUID } from 'node:crypto';
import {
  BatchExecuteStatementCommand,
  type BatchStatementRequest,
  type BatchStatementResponse,
  type ConsumedCapacity,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  ScanCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { AttributeValue, Image } from '../core/attribute-value.ts';
import { encodeExpression } from '../core/encode-expression.ts';
import { encodePartiql, type Statement } from '../core/encode-partiql.ts';
import { isPredecessorItem } from '../core/predecessor-item.ts';
import { type Page, type PageRequest, type TablePort, Throttled, type Write, type WriteResult } from '../core/table-port.ts';
import type { TableShape } from '../core/table-shape.ts';
import { asImage, asSdkItem } from './ledger-record.ts';
import { codeOf, isTransient, resultOfError } from './statement-error.ts';
import { GuardClosed, writeGuard } from './write-guard.ts';

/** The team's table through the SDK. The client must not retry by itself: retries are the write path's own. */
export class Table implements TablePort {
  readonly #client: DynamoDBClient;
  readonly #shape: TableShape;
  readonly #attributes: readonly string[] | undefined;
  /** Of images that are being put back. */
  readonly #putBackTokens = new WeakMap<Image, string>();

  /** @param attributes the only ones to read beside the key; undefined reads whole items */
  constructor(client: DynamoDBClient, shape: TableShape, attributes: readonly string[] | undefined) {
    this.#client = client;
    this.#shape = shape;
    this.#attributes = attributes;
  }

  async readPage({ segment, totalSegments, position, limit }: PageRequest): Promise<Page | { kind: 'throttled' }> {
    try {
      const page = await this.#client.send(
        new ScanCommand({
          TableName: this.#shape.name,
          Segment: segment,
          TotalSegments: totalSegments,
          ReturnConsumedCapacity: 'TOTAL',
          ...(position ? { ExclusiveStartKey: asSdkItem(position) } : {}),
          ...(limit === undefined ? {} : { Limit: limit }),
          ...this.#projection(),
        }),
      );
      return {
        images: (page.Items ?? []).map((item) => this.#imageOf(item)).filter((image) => !isPredecessorItem(this.#shape, image)),
        position: page.LastEvaluatedKey && asImage(page.LastEvaluatedKey),
        readUnits: page.ConsumedCapacity?.CapacityUnits ?? 0,
      };
    } catch (error) {
      if (isTransient(codeOf(error))) return { kind: 'throttled' };
      throw error;
    }
  }

  async readItem(key: Image): Promise<Image | undefined> {
    try {
      const { Item } = await this.#client.send(
        new GetItemCommand({ TableName: this.#shape.name, Key: asSdkItem(key), ConsistentRead: true, ...this.#projection() }),
      );
      return Item && this.#imageOf(Item);
    } catch (error) {
      if (isTransient(codeOf(error))) throw new Throttled('The table is busy.', { cause: error });
      throw error;
    }
  }

  async writeBatch(writes: readonly Write[], mayWrite: () => boolean): Promise<WriteResult[]> {
    const encoded = writes.map(({ key, change, condition }) => encodePartiql(this.#shape.name, key, change.item, condition));
    const statements = encoded.filter((statement) => statement !== undefined);
    // One after the other, so that nothing is in flight when the first one ends the segment.
    const answers = statements.length > 0 ? await this.#executeStatements(statements, mayWrite) : [];
    const results: WriteResult[] = [];
    for (const [index, statement] of encoded.entries()) {
      const write = writes[index];
      const answer = statement || !write ? answers.shift() : await this.#writeSingle(write, mayWrite);
      results.push(answer ?? { kind: 'throttled' });
    }
    return results;
  }

  async writeTransaction({ key, change, condition }: Write, mayWrite: () => boolean): Promise<WriteResult> {
    const TableName = this.#shape.name;
    const expressions = asSdkExpressions(encodeExpression(this.#partitionKey, change.item, condition));
    const own = { TableName, Key: asSdkItem(key), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const, ...expressions };
    const { UpdateExpression, ...deletion } = own;
    const action: TransactWriteItem = UpdateExpression
      ? { Update: { ...own, UpdateExpression } }
      : { [change.item.kind === 'delete' ? 'Delete' : 'ConditionCheck']: deletion };
    const inserts = change.inserts.map((image) => ({ Put: { TableName, Item: asSdkItem(image), ...this.#keyIsFree } }));
    try {
      const command = new TransactWriteItemsCommand({ TransactItems: [action, ...inserts], ReturnConsumedCapacity: 'TOTAL' });
      command.middlewareStack.use(writeGuard(mayWrite));
      const answer = await this.#client.send(command);
      return { kind: 'written', units: answer.ConsumedCapacity?.[0]?.CapacityUnits };
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) return this.#resultOf(error);
      const reasons = error.CancellationReasons ?? [];
      const [source, ...targets] = reasons;
      const other = reasons.find(({ Code }) => Code && Code !== 'None' && Code !== 'ConditionalCheckFailed');
      if (source?.Code === 'ConditionalCheckFailed')
        return { kind: 'conditionFailed', image: source.Item && this.#conflictImage(source.Item) };
      if (other?.Code) return resultOfError(other.Code, undefined);
      return {
        kind: 'targetExists',
        images: targets.map(({ Code, Item }) => (Code === 'ConditionalCheckFailed' && Item ? wholeImage(Item) : undefined)),
      };
    }
  }

  async putBack(image: Image, mayWrite: () => boolean): Promise<'written' | 'taken' | 'throttled'> {
    // Repeated because its answer was lost, a put must not bring back what was deleted since: a transaction with a known token does nothing.
    const ClientRequestToken = this.#putBackTokens.get(image) ?? randomUUID();
    this.#putBackTokens.set(image, ClientRequestToken);
    try {
      const put = { Put: { TableName: this.#shape.name, Item: asSdkItem(image), ...this.#keyIsFree } };
      const command = new TransactWriteItemsCommand({ TransactItems: [put], ClientRequestToken });
      command.middlewareStack.use(writeGuard(mayWrite));
      await this.#client.send(command);
      return 'written';
    } catch (error) {
      const reason = error instanceof TransactionCanceledException ? error.CancellationReasons?.[0]?.Code : undefined;
      const result = reason ? resultOfError(reason, undefined) : this.#resultOf(error);
      if (result.kind === 'conditionFailed') return 'taken';
      if (result.kind === 'throttled') return 'throttled';
      throw error;
    }
  }

  /** Sends statements in one request; one that is rejected as a whole is split until the culprit is alone. */
  async #executeStatements(statements: readonly Statement[], mayWrite: () => boolean): Promise<WriteResult[]> {
    try {
      const command = new BatchExecuteStatementCommand({ Statements: statements.map(asRequest), ReturnConsumedCapacity: 'TOTAL' });
      command.middlewareStack.use(writeGuard(mayWrite));
      const { Responses = [], ConsumedCapacity } = await this.#client.send(command);
      const unitsOf = unitsPerStatement(ConsumedCapacity, Responses);
      return statements.map((_, index) => {
        const { Error: error, Item } = Responses[index] ?? {};
        if (!error) return { kind: 'written', old: Item && wholeImage(Item), units: unitsOf(index) };
        const result = resultOfError(error.Code ?? 'Unknown', error.Item && this.#conflictImage(error.Item));
        return result.kind === 'conditionFailed' ? { ...result, units: unitsOf(index) || undefined } : result;
      });
    } catch (error) {
      const result = this.#resultOf(error);
      if (result.kind !== 'refused' || statements.length === 1) return statements.map(() => result);
      const middle = Math.ceil(statements.length / 2);
      const first = await this.#executeStatements(statements.slice(0, middle), mayWrite);
      return [...first, ...(await this.#executeStatements(statements.slice(middle), mayWrite))];
    }
  }

  async #writeSingle({ key, change, condition }: Write, mayWrite: () => boolean): Promise<WriteResult> {
    const expressions = asSdkExpressions(encodeExpression(this.#partitionKey, change.item, condition));
    const request = {
      TableName: this.#shape.name,
      Key: asSdkItem(key),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      ReturnConsumedCapacity: 'TOTAL' as const,
      ...expressions,
    };
    try {
      if (change.item.kind === 'update') {
        const update = new UpdateItemCommand(request);
        update.middlewareStack.use(writeGuard(mayWrite));
        const { ConsumedCapacity } = await this.#client.send(update);
        return { kind: 'written', units: ConsumedCapacity?.CapacityUnits };
      }
      const deletion = new DeleteItemCommand({ ...request, ReturnValues: 'ALL_OLD' });
      deletion.middlewareStack.use(writeGuard(mayWrite));
      const { Attributes, ConsumedCapacity } = await this.#client.send(deletion);
      return { kind: 'written', old: Attributes && wholeImage(Attributes), units: ConsumedCapacity?.CapacityUnits };
    } catch (error) {
      return this.#resultOf(error);
    }
  }

  #resultOf(error: unknown): WriteResult {
    if (error instanceof GuardClosed) return { kind: 'throttled' };
    const { Item } = error as { Item?: Parameters<typeof asImage>[0] };
    return resultOfError(codeOf(error), Item && this.#conflictImage(Item));
  }

  /** Undefined where a value has lost its type, as empty maps in lists and maps have in DynamoDB Local's answers to a batch. */
  #conflictImage(item: Parameters<typeof asImage>[0]): Image | undefined {
    const image = this.#imageOf(item);
    return Object.values(image).every(hasType) ? image : undefined;
  }

  /** What a decision is taken on: of an item that a failed condition returned whole, too, only what is read. */
  #imageOf(item: Parameters<typeof asImage>[0]): Image {
    const image = wholeImage(item);
    if (!this.#attributes) return image;
    const names = [...this.#shape.keys.map(({ name }) => name), ...this.#attributes];
    return Object.fromEntries(Object.entries(image).filter(([name]) => names.includes(name)));
  }

  get #partitionKey(): string {
    return this.#shape.keys[0]?.name ?? '';
  }

  get #keyIsFree() {
    return {
      ConditionExpression: 'attribute_not_exists(#key)',
      ExpressionAttributeNames: { '#key': this.#partitionKey },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    };
  }

  #projection() {
    if (!this.#attributes) return {};
    const names = [...new Set([...this.#shape.keys.map(({ name }) => name), ...this.#attributes])];
    return {
      ProjectionExpression: names.map((_, index) => `#p${index}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#p${index}`, name])),
    };
  }
}

const hasType = (value: AttributeValue): boolean => {
  if ('M' in value) return Object.values(value.M).every(hasType);
  if ('L' in value) return value.L.every(hasType);
  return Object.keys(value).length > 0;
};

/** The SDK hands over an attribute named `__proto__` without its value: nobody sees it, and it stays as it is. */
const wholeImage = (item: Parameters<typeof asImage>[0]): Image => {
  const image = asImage(item);
  const hollow = Object.getOwnPropertyDescriptor(image, '__proto__');
  if (hollow && !hollow.value) Reflect.deleteProperty(image, '__proto__');
  return image;
};

/** DynamoDB reports one figure for each statement, or their sum, of which each that was tried then gets an equal part, or nothing. */
const unitsPerStatement = (
  consumed: readonly ConsumedCapacity[] = [],
  responses: readonly BatchStatementResponse[],
): ((index: number) => number | undefined) => {
  if (consumed.length === responses.length) return (index) => consumed[index]?.CapacityUnits;
  const tried = responses.filter(({ Error: error }) => !isTransient(error?.Code)).length;
  const sum = consumed.reduce((units, { CapacityUnits = 0 }) => units + CapacityUnits, 0);
  return () => (sum > 0 && tried > 0 ? sum / tried : undefined);
};

const asRequest = ({ text, parameters }: Statement): BatchStatementRequest => ({
  Statement: text,
  Parameters: Object.values(asSdkItem(Object.fromEntries(parameters.map((parameter, index) => [index, parameter])))),
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
});

const asSdkExpressions = ({ ExpressionAttributeValues, ...expressions }: ReturnType<typeof encodeExpression>) => ({
  ...expressions,
  ...(ExpressionAttributeValues ? { ExpressionAttributeValues: asSdkItem(ExpressionAttributeValues) } : {}),
});
