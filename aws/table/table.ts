import { randomUUID } from 'node:crypto';
import type {
  BatchExecuteStatementOutput,
  BatchGetItemOutput,
  BatchStatementResponse,
  ConsumedCapacity,
  DeleteItemOutput,
  GetItemOutput,
  ScanOutput,
  TransactWriteItemsOutput,
  UpdateItemOutput,
} from '@aws-sdk/client-dynamodb';
import type { FoundItem, OtherWrite } from '../../core/change/change.ts';
import { encodeExpression, itemExists, keyIsFree } from '../../core/change/encode-expression.ts';
import { PartiqlEncoder, type Statement } from '../../core/change/encode-partiql.ts';
import { asFound } from '../../core/change/other-items.ts';
import {
  type Page,
  type PageRequest,
  type PutBackResult,
  type TablePort,
  Throttled,
  type Write,
  type WriteResult,
} from '../../core/segment/table-port.ts';
import type { Scope } from '../../core/transformation/scope.ts';
import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';
import { isPredecessorItem, predecessorAttributes } from '../../core/values/predecessor-item.ts';
import { keyOf, shapeOf, type TableShape } from '../../core/values/table-shape.ts';
import { asImage } from '../sdk-image.ts';
import { projectionOf } from './projection.ts';
import { ScopedPages } from './scoped-pages.ts';
import { codeOf, isTransient, isUnanswered, resultOfError } from './statement-error.ts';
import { type Operation, type Wire, WireError } from './wire.ts';
import { type JsonText, jsonText, readAnswer, requestText, writable } from './wire-json.ts';
import { GuardClosed } from './write-guard.ts';

/**
 * The team's table. Nothing is retried here: the write path decides again, or sends the same again.
 *
 * Every write is conditional, and so are repeated ones. A repeated write whose answer was lost:
 *
 *     worker                                DynamoDB
 *     ------                                --------
 *     SET first
 *     IF name = Grace AND first is missing
 *                                           applies it; the answer is lost
 *     sends the same again
 *                                           first exists: the condition fails, the item is returned
 *     decides on that item:
 *       the function has nothing to do
 */
export class Table implements TablePort {
  readonly #wire: Wire;
  readonly #shape: TableShape;
  readonly #attributes: readonly string[] | undefined;
  readonly #msLeft: (() => number) | undefined;
  readonly #partiql: PartiqlEncoder<JsonText>;
  readonly #scoped: ScopedPages | undefined;
  /** A token per image that is being put back, and per list of writes that are made together. */
  readonly #tokens = new WeakMap<object, string>();

  /**
   * @param attributes the only attributes to read beside the key; undefined for whole items
   * @param msLeft how long the worker can wait for an answer; if left out, no answer is waited for longer than others
   * @param scope which items `readPage` reads; undefined for all
   */
  constructor(wire: Wire, shape: TableShape, attributes: readonly string[] | undefined, msLeft?: () => number, scope?: Scope) {
    this.#wire = wire;
    this.#shape = shape;
    this.#attributes = attributes;
    this.#msLeft = msLeft;
    this.#partiql = new PartiqlEncoder(shape.name, (text) => jsonText(JSON.stringify(text)));
    this.#scoped =
      scope &&
      new ScopedPages(
        {
          scan: (request) => this.#send('Scan', request),
          query: (request) => this.#send('Query', request),
          batchGet: (request) => this.#send('BatchGetItem', request),
        },
        shape,
        scope,
        attributes,
      );
  }

  async readPage(request: PageRequest): Promise<Page | { kind: 'throttled' }> {
    try {
      if (!this.#scoped) return await this.#scan(request);
      const page = await this.#scoped.readPage(request);
      return { ...page, images: page.images.map((image) => this.#imageOf(image)) };
    } catch (error) {
      if (isTransient(codeOf(error))) return { kind: 'throttled' };
      throw error;
    }
  }

  async #scan({ segment, totalSegments, position, limit, isStrong }: PageRequest): Promise<Page> {
    const page = await this.#send<ScanOutput>('Scan', {
      TableName: this.#shape.name,
      Segment: segment,
      TotalSegments: totalSegments,
      ReturnConsumedCapacity: 'TOTAL',
      ConsistentRead: isStrong,
      ExclusiveStartKey: position,
      Limit: limit,
      ...this.#projection(predecessorAttributes),
    });
    const items = (page.Items ?? []).filter((item) => !isPredecessorItem(this.#shape, asImage(item)));
    return {
      images: items.map((item) => this.#imageOf(item)),
      position: page.LastEvaluatedKey && asImage(page.LastEvaluatedKey),
      readUnits: page.ConsumedCapacity?.CapacityUnits ?? 0,
    };
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

  async readItems(targets: readonly FoundItem[], isStrong: boolean): ReturnType<TablePort['readItems']> {
    const requests: Record<string, { Keys: Image[]; ConsistentRead: boolean }> = {};
    for (const { table, image } of targets) {
      const shape = shapeOf(this.#shape, table);
      requests[shape.name] ??= { Keys: [], ConsistentRead: isStrong };
      requests[shape.name]?.Keys.push(keyOf(shape, image));
    }
    const named = (list: Record<string, readonly Parameters<typeof asImage>[0][]>): FoundItem[] =>
      Object.entries(list).flatMap(([name, items]) => items.map((item) => ({ table: this.#logicalName(name), image: asImage(item) })));
    try {
      const answer = await this.#send<BatchGetItemOutput>('BatchGetItem', { RequestItems: requests, ReturnConsumedCapacity: 'TOTAL' });
      const unread = Object.entries(answer.UnprocessedKeys ?? {}).map(([name, { Keys = [] }]) => [name, Keys] as const);
      return {
        found: named(answer.Responses ?? {}),
        unread: named(Object.fromEntries(unread)),
        readUnits: (answer.ConsumedCapacity ?? []).reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0),
      };
    } catch (error) {
      if (isTransient(codeOf(error))) return { kind: 'throttled' };
      throw error;
    }
  }

  /** Undefined for the table itself. */
  #logicalName(name: string): string | undefined {
    if (name === this.#shape.name) return undefined;
    return Object.entries(this.#shape.others ?? {}).find(([, other]) => other.name === name)?.[0];
  }

  async writeBatch(writes: readonly Write[], mayWrite: () => boolean): Promise<WriteResult[]> {
    const encoded = writes.map(({ key, change, condition }) => this.#partiql.encode(key, change.item, condition));
    const statements = encoded.filter((statement) => statement !== undefined);
    // In sequence: if the first request ends the segment, the others are not in flight.
    const answers = statements.length > 0 ? await this.#executeStatements(statements, mayWrite, this.#patienceFor(writes)) : [];
    if (statements.length === writes.length) return answers;
    const results: WriteResult[] = [];
    for (const [index, write] of writes.entries())
      results.push((encoded[index] ? answers.shift() : await this.#writeSingle(write, mayWrite)) ?? { kind: 'throttled' });
    return results;
  }

  /**
   * The item's condition and those of the inserts hold in one transaction. Inserts of a page that is read again:
   *
   *     worker A                              DynamoDB                              worker B
   *     --------                              --------                              --------
   *     change u1, if as read,
   *     insert u1-copy, if the key is free
   *                                           applies both
   *     dies before its checkpoint is saved
   *                                                                                 reads u1 again, decides to
   *                                                                                 insert u1-copy once more
   *                                           u1-copy exists: cancels,
   *                                           and returns what is there
   *                                                                                 same content: the insert is done,
   *                                                                                 the change is sent without it
   *                                                                                 other content: fails (TargetExists)
   */
  async writeTransaction({ key, change, condition }: Write, mayWrite: () => boolean): Promise<WriteResult> {
    const TableName = this.#shape.name;
    const expressions = encodeExpression(this.#partitionKey, change.item, condition);
    const own = { TableName, Key: key, ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ...expressions };
    const { UpdateExpression, ...deletion } = own;
    const action = UpdateExpression ? { Update: own } : { [change.item.kind === 'delete' ? 'Delete' : 'ConditionCheck']: deletion };
    const inserts = change.inserts.map((image) => ({ Put: { TableName, Item: image, ...this.#ifKeyIsFree } }));
    const others = (change.others ?? []).map((other) => otherAction(other, shapeOf(this.#shape, other.table)));
    try {
      const request = { TransactItems: [action, ...inserts, ...others], ReturnConsumedCapacity: 'TOTAL' };
      const answer = await this.#send<TransactWriteItemsOutput>('TransactWriteItems', request, mayWrite);
      return { kind: 'written', ...this.#unitsOf(answer.ConsumedCapacity) };
    } catch (error) {
      const reasons = cancellationReasons(error);
      if (!reasons) return this.#resultOf(error);
      const [source, ...targets] = reasons;
      const other = reasons.find(({ Code }) => Code && Code !== 'None' && Code !== 'ConditionalCheckFailed');
      if (source?.Code === 'ConditionalCheckFailed')
        return { kind: 'conditionFailed', image: source.Item && this.#conflictImage(source.Item) };
      if (other?.Code) return resultOfError(other.Code, undefined);
      const othersChanged = targets.slice(inserts.length).some(({ Code }) => Code === 'ConditionalCheckFailed');
      return {
        kind: 'targetExists',
        images: targets.map(({ Code, Item }) => (Code === 'ConditionalCheckFailed' && Item ? asImage(Item) : undefined)),
        ...(othersChanged ? { othersChanged } : {}),
      };
    }
  }

  /** Of a transaction: its own table's units, and those of other tables. DynamoDB reports them by physical names. */
  #unitsOf(consumed: readonly ConsumedCapacity[] = []): { units: number | undefined; otherUnits?: Record<string, number> } {
    const own = consumed.find(({ TableName }) => TableName === undefined || isNamed(TableName, this.#shape.name)) ?? consumed[0];
    const otherUnits: Record<string, number> = {};
    for (const [table, { name }] of Object.entries(this.#shape.others ?? {})) {
      const units = consumed.find(({ TableName }) => TableName !== undefined && isNamed(TableName, name))?.CapacityUnits;
      if (units !== undefined) otherUnits[table] = units;
    }
    return { units: own?.CapacityUnits, ...(Object.keys(otherUnits).length > 0 ? { otherUnits } : {}) };
  }

  /**
   * The key being free is not enough for a put that is repeated, so each image has one token. For ten minutes DynamoDB answers a
   * transaction whose token it knows without doing it again:
   *
   *     worker                                DynamoDB                              application
   *     ------                                --------                              -----------
   *     decides to delete u1: it saw no keep
   *                                                                                 sets keep
   *     deletes u1, if as read
   *                                           deletes it, returns it with keep
   *     puts u1 back, token t
   *                                           puts it; the answer is lost
   *                                                                                 deletes u1
   *     puts u1 back, token t
   *                                           knows t: u1 stays deleted
   */
  async putBack(image: Image, mayWrite: () => boolean): Promise<PutBackResult> {
    const ClientRequestToken = this.#tokenOf(image);
    try {
      const put = { Put: { TableName: this.#shape.name, Item: image, ...this.#ifKeyIsFree } };
      await this.#send<TransactWriteItemsOutput>('TransactWriteItems', { TransactItems: [put], ClientRequestToken }, mayWrite);
      return 'written';
    } catch (error) {
      const reason = cancellationReasons(error)?.[0]?.Code;
      const result = reason ? resultOfError(reason, undefined) : this.#resultOf(error);
      if (result.kind === 'conditionFailed') return 'taken';
      if (result.kind === 'throttled') return result.isUnanswered ? 'unanswered' : 'throttled';
      throw error;
    }
  }

  async writeTogether(writes: readonly OtherWrite[], mayWrite: () => boolean): Promise<WriteResult> {
    const TransactItems = writes.map((write) => otherAction(write, shapeOf(this.#shape, write.table)));
    try {
      const request = { TransactItems, ClientRequestToken: this.#tokenOf(writes), ReturnConsumedCapacity: 'TOTAL' };
      const answer = await this.#send<TransactWriteItemsOutput>('TransactWriteItems', request, mayWrite);
      return { kind: 'written', ...this.#unitsOf(answer.ConsumedCapacity) };
    } catch (error) {
      const reasons = cancellationReasons(error);
      if (!reasons) return this.#resultOf(error);
      const other = reasons.find(({ Code }) => Code && Code !== 'None' && Code !== 'ConditionalCheckFailed');
      return other?.Code ? resultOfError(other.Code, undefined) : { kind: 'conditionFailed' };
    }
  }

  #tokenOf(sent: object): string {
    const token = this.#tokens.get(sent) ?? randomUUID();
    this.#tokens.set(sent, token);
    return token;
  }

  /** Sends statements in one request. If DynamoDB rejects the whole request, it is split until the bad statement is alone. */
  async #executeStatements(
    statements: readonly Statement<JsonText>[],
    mayWrite: () => boolean,
    patienceMs: number | undefined,
  ): Promise<WriteResult[]> {
    try {
      const text = await this.#wire.send('BatchExecuteStatement', statementsText(statements), mayWrite, patienceMs);
      const { Responses = [], ConsumedCapacity } = readAnswer<BatchExecuteStatementOutput>(text);
      const unitsOf = unitsPerStatement(ConsumedCapacity, Responses);
      return statements.map((_, index) => {
        const response = Responses[index];
        if (!response) return { kind: 'throttled', isUnknown: true, isUnanswered: true };
        const { Error: error, Item } = response;
        if (!error) return { kind: 'written', old: Item && asImage(Item), units: unitsOf(index) };
        const result = resultOfError(error.Code ?? 'Unknown', error.Item && this.#conflictImage(error.Item));
        return result.kind === 'conditionFailed' ? { ...result, units: unitsOf(index) || undefined } : result;
      });
    } catch (error) {
      const result = this.#resultOf(error);
      if (result.kind !== 'refused' || statements.length === 1) return statements.map(() => result);
      const middle = Math.ceil(statements.length / 2);
      const first = await this.#executeStatements(statements.slice(0, middle), mayWrite, patienceMs);
      return [...first, ...(await this.#executeStatements(statements.slice(middle), mayWrite, patienceMs))];
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
      const { Attributes, ConsumedCapacity } = await this.#send<DeleteItemOutput>(
        'DeleteItem',
        deletion,
        mayWrite,
        this.#patienceFor([{ change }]),
      );
      return { kind: 'written', old: Attributes && asImage(Attributes), units: ConsumedCapacity?.CapacityUnits };
    } catch (error) {
      return this.#resultOf(error);
    }
  }

  async #send<Answer extends object>(
    operation: Operation,
    request: object,
    mayWrite?: () => boolean,
    patienceMs?: number,
  ): Promise<Answer> {
    return readAnswer<Answer>(await this.#wire.send(operation, requestText(request), mayWrite, patienceMs));
  }

  /**
   * The answer of a delete is waited for until the worker's time is over: it alone returns what the application added to the item just
   * before.
   *
   *     worker                                DynamoDB                              application
   *     ------                                --------                              -----------
   *     decides to delete u1: it saw no keep
   *                                                                                 sets keep
   *     deletes u1, if as read
   *                                           deletes it; answers slowly
   *     gives up, sends the same again
   *                                           u1 is gone: answers nothing;
   *                                           keep is lost
   */
  #patienceFor(writes: readonly Pick<Write, 'change'>[]): number | undefined {
    return this.#msLeft && writes.some(({ change }) => change.item.kind === 'delete') ? Math.max(1, this.#msLeft()) : undefined;
  }

  #resultOf(error: unknown): WriteResult {
    if (error instanceof GuardClosed) return { kind: 'throttled', isNotSent: true };
    const Item = error instanceof WireError ? error.Item : undefined;
    const result = resultOfError(codeOf(error), Item && this.#conflictImage(Item));
    return result.kind === 'throttled' && isUnanswered(error) ? { ...result, isUnknown: true, isUnanswered: true } : result;
  }

  /** Undefined if a value has lost its type: DynamoDB Local answers a batch with untyped values for empty maps in lists and maps. */
  #conflictImage(item: Parameters<typeof asImage>[0]): Image | undefined {
    const image = this.#imageOf(item);
    return Object.values(image).every(hasType) ? image : undefined;
  }

  /** The attributes that a decision may see: a failed condition returns the whole item, even if only some attributes are read. */
  #imageOf(item: Parameters<typeof asImage>[0]): Image {
    const image = asImage(item);
    if (!this.#attributes) return image;
    const names = [...this.#shape.keys.map(({ name }) => name), ...this.#attributes];
    return Object.fromEntries(Object.entries(image).filter(([name]) => names.includes(name)));
  }

  get #partitionKey(): string {
    return this.#shape.keys[0]?.name ?? '';
  }

  get #ifKeyIsFree() {
    return { ...keyIsFree(this.#partitionKey), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
  }

  #projection(besides: readonly string[] = []) {
    return projectionOf(this.#shape, this.#attributes, besides);
  }
}

/** By name, or by ARN if the request had that. */
function isNamed(given: string, name: string): boolean {
  return given === name || given.endsWith(`table/${name}`);
}

/** An action on an item of this or another table, under the condition that it is as it was found. */
function otherAction(other: OtherWrite, shape: TableShape): object {
  const TableName = shape.name;
  const partitionKey = shape.keys[0]?.name ?? '';
  const ReturnValuesOnConditionCheckFailure = 'ALL_OLD';
  const Key = keyOf(shape, other.image);
  switch (other.kind) {
    case 'put':
      return { Put: { TableName, Item: other.image, ...keyIsFree(partitionKey), ReturnValuesOnConditionCheckFailure } };
    case 'check':
      return { ConditionCheck: { TableName, Key, ...itemExists(partitionKey), ReturnValuesOnConditionCheckFailure } };
    default: {
      const item = other.kind === 'delete' ? { kind: other.kind } : other;
      const own = { TableName, Key, ReturnValuesOnConditionCheckFailure, ...encodeExpression(partitionKey, item, asFound(other, shape)) };
      return item.kind === 'delete' ? { Delete: own } : { Update: own };
    }
  }
}

function hasType(value: AttributeValue): boolean {
  if ('M' in value) return Object.values(value.M).every(hasType);
  if ('L' in value) return value.L.every(hasType);
  return Object.keys(value).length > 0;
}

/** Why each action of a cancelled transaction was not done; undefined for any other error. */
function cancellationReasons(error: unknown): WireError['CancellationReasons'] {
  return error instanceof WireError && error.name === 'TransactionCanceledException' ? (error.CancellationReasons ?? []) : undefined;
}

/** DynamoDB reports one figure per statement, or their sum, or nothing. A sum is divided equally among the statements that it tried. */
function unitsPerStatement(
  consumed: readonly ConsumedCapacity[] = [],
  responses: readonly BatchStatementResponse[],
): (index: number) => number | undefined {
  if (consumed.length === responses.length) return (index) => consumed[index]?.CapacityUnits;
  const tried = responses.filter(({ Error: error }) => !isTransient(error?.Code)).length;
  const sum = consumed.reduce((units, { CapacityUnits = 0 }) => units + CapacityUnits, 0);
  return () => (sum > 0 && tried > 0 ? sum / tried : undefined);
}

/** One call of JSON.stringify takes three quarters of the time of one for each statement. */
function statementsText(statements: readonly Statement<JsonText>[]): string {
  const Statements = statements.map(({ text, parameters }) => ({
    Statement: text,
    Parameters: writable(parameters),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  }));
  return JSON.stringify({ Statements, ReturnConsumedCapacity: 'TOTAL' });
}
