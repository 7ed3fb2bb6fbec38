import { randomUUID } from 'node:crypto';
import type {
  BatchExecuteStatementOutput,
  BatchStatementResponse,
  ConsumedCapacity,
  DeleteItemOutput,
  GetItemOutput,
  ScanOutput,
  TransactWriteItemsOutput,
  UpdateItemOutput,
} from '@aws-sdk/client-dynamodb';
import { encodeExpression } from '../../core/change/encode-expression.ts';
import { PartiqlEncoder, type Statement } from '../../core/change/encode-partiql.ts';
import { type Page, type PageRequest, type TablePort, Throttled, type Write, type WriteResult } from '../../core/segment/table-port.ts';
import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';
import { isPredecessorItem } from '../../core/values/predecessor-item.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { asImage } from '../sdk-image.ts';
import { codeOf, isTransient, resultOfError } from './statement-error.ts';
import { type Operation, type Wire, WireError } from './wire.ts';
import { readAnswer, requestText, valuesText } from './wire-json.ts';
import { GuardClosed } from './write-guard.ts';

/** The team's table. Nothing is retried here: retries are the write path's own. */
export class Table implements TablePort {
  readonly #wire: Wire;
  readonly #shape: TableShape;
  readonly #attributes: readonly string[] | undefined;
  readonly #partiql: PartiqlEncoder;
  /** Of images that are being put back. */
  readonly #putBackTokens = new WeakMap<Image, string>();

  /** @param attributes the only ones to read beside the key; undefined reads whole items */
  constructor(wire: Wire, shape: TableShape, attributes: readonly string[] | undefined) {
    this.#wire = wire;
    this.#shape = shape;
    this.#attributes = attributes;
    this.#partiql = new PartiqlEncoder(shape.name, JSON.stringify);
  }

  async readPage({ segment, totalSegments, position, limit }: PageRequest): Promise<Page | { kind: 'throttled' }> {
    try {
      const page = await this.#send<ScanOutput>('Scan', {
        TableName: this.#shape.name,
        Segment: segment,
        TotalSegments: totalSegments,
        ReturnConsumedCapacity: 'TOTAL',
        ExclusiveStartKey: position,
        Limit: limit,
        ...this.#projection(),
      });
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
      const { Item } = await this.#send<GetItemOutput>('GetItem', {
        TableName: this.#shape.name,
        Key: key,
        ConsistentRead: true,
        ...this.#projection(),
      });
      return Item && this.#imageOf(Item);
    } catch (error) {
      if (isTransient(codeOf(error))) throw new Throttled('The table is busy.', { cause: error });
      throw error;
    }
  }

  async writeBatch(writes: readonly Write[], mayWrite: () => boolean): Promise<WriteResult[]> {
    const encoded = writes.map(({ key, change, condition }) => this.#partiql.encode(key, change.item, condition));
    const statements = encoded.filter((statement) => statement !== undefined);
    // One after the other, so that nothing is in flight when the first one ends the segment.
    const answers = statements.length > 0 ? await this.#executeStatements(statements, mayWrite) : [];
    if (statements.length === writes.length) return answers;
    const results: WriteResult[] = [];
    for (const [index, write] of writes.entries())
      results.push((encoded[index] ? answers.shift() : await this.#writeSingle(write, mayWrite)) ?? { kind: 'throttled' });
    return results;
  }

  async writeTransaction({ key, change, condition }: Write, mayWrite: () => boolean): Promise<WriteResult> {
    const TableName = this.#shape.name;
    const expressions = encodeExpression(this.#partitionKey, change.item, condition);
    const own = { TableName, Key: key, ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ...expressions };
    const { UpdateExpression, ...deletion } = own;
    const action = UpdateExpression ? { Update: own } : { [change.item.kind === 'delete' ? 'Delete' : 'ConditionCheck']: deletion };
    const inserts = change.inserts.map((image) => ({ Put: { TableName, Item: image, ...this.#keyIsFree } }));
    try {
      const request = { TransactItems: [action, ...inserts], ReturnConsumedCapacity: 'TOTAL' };
      const answer = await this.#send<TransactWriteItemsOutput>('TransactWriteItems', request, mayWrite);
      return { kind: 'written', units: answer.ConsumedCapacity?.[0]?.CapacityUnits };
    } catch (error) {
      const reasons = cancellationReasons(error);
      if (!reasons) return this.#resultOf(error);
      const [source, ...targets] = reasons;
      const other = reasons.find(({ Code }) => Code && Code !== 'None' && Code !== 'ConditionalCheckFailed');
      if (source?.Code === 'ConditionalCheckFailed')
        return { kind: 'conditionFailed', image: source.Item && this.#conflictImage(source.Item) };
      if (other?.Code) return resultOfError(other.Code, undefined);
      return {
        kind: 'targetExists',
        images: targets.map(({ Code, Item }) => (Code === 'ConditionalCheckFailed' && Item ? asImage(Item) : undefined)),
      };
    }
  }

  async putBack(image: Image, mayWrite: () => boolean): Promise<'written' | 'taken' | 'throttled'> {
    // Repeated because its answer was lost, a put must not bring back what was deleted since: a transaction with a known token does nothing.
    const ClientRequestToken = this.#putBackTokens.get(image) ?? randomUUID();
    this.#putBackTokens.set(image, ClientRequestToken);
    try {
      const put = { Put: { TableName: this.#shape.name, Item: image, ...this.#keyIsFree } };
      await this.#send<TransactWriteItemsOutput>('TransactWriteItems', { TransactItems: [put], ClientRequestToken }, mayWrite);
      return 'written';
    } catch (error) {
      const reason = cancellationReasons(error)?.[0]?.Code;
      const result = reason ? resultOfError(reason, undefined) : this.#resultOf(error);
      if (result.kind === 'conditionFailed') return 'taken';
      if (result.kind === 'throttled') return 'throttled';
      throw error;
    }
  }

  /** Sends statements in one request; one that is rejected as a whole is split until the culprit is alone. */
  async #executeStatements(statements: readonly Statement[], mayWrite: () => boolean): Promise<WriteResult[]> {
    try {
      const body = `{"Statements":[${statements.map(statementText).join(',')}],"ReturnConsumedCapacity":"TOTAL"}`;
      const text = await this.#wire.send('BatchExecuteStatement', body, mayWrite);
      const { Responses = [], ConsumedCapacity } = readAnswer<BatchExecuteStatementOutput>(text);
      const unitsOf = unitsPerStatement(ConsumedCapacity, Responses);
      return statements.map((_, index) => {
        const response = Responses[index];
        if (!response) return { kind: 'throttled', isUnknown: true };
        const { Error: error, Item } = response;
        if (!error) return { kind: 'written', old: Item && asImage(Item), units: unitsOf(index) };
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
    const request = {
      TableName: this.#shape.name,
      Key: key,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ReturnConsumedCapacity: 'TOTAL',
      ...encodeExpression(this.#partitionKey, change.item, condition),
    };
    try {
      if (change.item.kind === 'update') {
        const { ConsumedCapacity } = await this.#send<UpdateItemOutput>('UpdateItem', request, mayWrite);
        return { kind: 'written', units: ConsumedCapacity?.CapacityUnits };
      }
      const deletion = { ...request, ReturnValues: 'ALL_OLD' };
      const { Attributes, ConsumedCapacity } = await this.#send<DeleteItemOutput>('DeleteItem', deletion, mayWrite);
      return { kind: 'written', old: Attributes && asImage(Attributes), units: ConsumedCapacity?.CapacityUnits };
    } catch (error) {
      return this.#resultOf(error);
    }
  }

  async #send<Answer extends object>(operation: Operation, request: object, mayWrite?: () => boolean): Promise<Answer> {
    return readAnswer<Answer>(await this.#wire.send(operation, requestText(request), mayWrite));
  }

  #resultOf(error: unknown): WriteResult {
    if (error instanceof GuardClosed) return { kind: 'throttled', isNotSent: true };
    const Item = error instanceof WireError ? error.Item : undefined;
    return resultOfError(codeOf(error), Item && this.#conflictImage(Item));
  }

  /** Undefined where a value has lost its type, as empty maps in lists and maps have in DynamoDB Local's answers to a batch. */
  #conflictImage(item: Parameters<typeof asImage>[0]): Image | undefined {
    const image = this.#imageOf(item);
    return Object.values(image).every(hasType) ? image : undefined;
  }

  /** What a decision is taken on: of an item that a failed condition returned whole, too, only what is read. */
  #imageOf(item: Parameters<typeof asImage>[0]): Image {
    const image = asImage(item);
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
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
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

function hasType(value: AttributeValue): boolean {
  if ('M' in value) return Object.values(value.M).every(hasType);
  if ('L' in value) return value.L.every(hasType);
  return Object.keys(value).length > 0;
}

/** Why each action of a transaction was not done; undefined for any other error. */
function cancellationReasons(error: unknown): WireError['CancellationReasons'] {
  return error instanceof WireError && error.name === 'TransactionCanceledException' ? (error.CancellationReasons ?? []) : undefined;
}

/** DynamoDB reports one figure for each statement, or their sum, of which each that was tried then gets an equal part, or nothing. */
function unitsPerStatement(
  consumed: readonly ConsumedCapacity[] = [],
  responses: readonly BatchStatementResponse[],
): (index: number) => number | undefined {
  if (consumed.length === responses.length) return (index) => consumed[index]?.CapacityUnits;
  const tried = responses.filter(({ Error: error }) => !isTransient(error?.Code)).length;
  const sum = consumed.reduce((units, { CapacityUnits = 0 }) => units + CapacityUnits, 0);
  return () => (sum > 0 && tried > 0 ? sum / tried : undefined);
}

/** The statement's text is JSON already. */
function statementText({ text, parameters }: Statement): string {
  return `{"Statement":${text},"Parameters":${valuesText(parameters)},"ReturnValuesOnConditionCheckFailure":"ALL_OLD"}`;
}
