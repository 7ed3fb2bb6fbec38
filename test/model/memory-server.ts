import {
  type BatchExecuteStatementInput,
  type BatchGetItemInput,
  ConditionalCheckFailedException,
  type DeleteItemInput,
  type GetItemInput,
  type PutItemInput,
  type QueryInput,
  type ScanInput,
  TransactionCanceledException,
  type TransactWriteItemsInput,
  type UpdateItemInput,
} from '@aws-sdk/client-dynamodb';
import { asImage, asSdkItem } from '../../aws/sdk-image.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyOf, keyText } from '../../core/values/table-shape.ts';
import type { ItemChange, MemoryTable } from './memory-table.ts';
import { InjectedError, type Request } from './network.ts';
import { type Operation, ValidationException } from './operation.ts';
import { type ExpressionRequest, parseExpressions, parseProjection } from './parse-expressions.ts';
import { parsePartiql } from './parse-partiql.ts';
import type { Scheduler } from './scheduler.ts';

/** The changes of a worker at one instant: an item, and the inserts of the same transaction. */
export interface Commit {
  request: Request;
  operation: Operation;
  change: ItemChange;
  inserts: ItemChange[];
  /** A whole item was put by itself: one that had been deleted comes back. */
  isPutBack: boolean;
  /** What a transaction deletes is never returned. */
  isTransaction: boolean;
}

export interface MemoryServerPorts {
  table: MemoryTable;
  /** By their logical names. */
  others?: Readonly<Record<string, MemoryTable>>;
  scheduler: Scheduler;
  pageSize: number;
  /** By how many writes the next Scan is stale. */
  staleness(): number;
  /** Up to which time indexes show what was written, in milliseconds. */
  indexShows(): number;
  /** Replaces an operation to inject a defect. */
  distort(operation: Operation): Operation | undefined;
  /** Called just before and just after a worker's operation meets its item. */
  aroundOperation(moment: 'before' | 'after', key: Image, request: Request): void;
  onCommit(commit: Commit): void;
}

/** The other end of the network: DynamoDB, for the commands that we send and as far as we rely on it. */
export class MemoryServer {
  readonly #ports: MemoryServerPorts;
  /** A repeated transaction with a known token succeeds without doing anything. */
  readonly #doneTransactions = new Set<string>();

  constructor(ports: MemoryServerPorts) {
    this.#ports = ports;
  }

  scan(input: ScanInput): object {
    const { table, pageSize, staleness } = this.#ports;
    if (input.IndexName !== undefined) return this.#read(input, input.Segment ?? 0, input.TotalSegments ?? 1, () => true);
    const position = input.ExclusiveStartKey && asImage(input.ExclusiveStartKey);
    const limit = Math.min(pageSize, input.Limit ?? pageSize);
    const { images, more } = table.scan(
      input.Segment ?? 0,
      input.TotalSegments ?? 1,
      position,
      limit,
      input.ConsistentRead ? 0 : staleness(),
    );
    const projected = parseProjection(input.ProjectionExpression, input.ExpressionAttributeNames);
    const last = images.at(-1);
    return {
      Items: images.map((image) => asSdkItem(project(image, projected))),
      ...(more && last ? { LastEvaluatedKey: asSdkItem(keyOf(table.shape, last)) } : {}),
      ConsumedCapacity: { CapacityUnits: 1 },
    };
  }

  query(input: QueryInput): object {
    if (input.KeyConditionExpression !== '#k0 = :k') throw new ValidationException('the model queries whole partitions only');
    const name = input.ExpressionAttributeNames?.['#k0'] ?? '';
    const wanted = JSON.stringify(input.ExpressionAttributeValues?.[':k']);
    return this.#read(input, 0, 1, (image) => JSON.stringify(image[name]) === wanted);
  }

  batchGetItem({ RequestItems = {} }: BatchGetItemInput): object {
    const { table } = this.#ports;
    if (Object.keys(this.#ports.others ?? {}).length > 0) return this.#readTargets(RequestItems);
    const { Keys = [], ConsistentRead, ProjectionExpression, ExpressionAttributeNames } = RequestItems[table.shape.name] ?? {};
    if (!ConsistentRead) throw new ValidationException('the model reads items of an index only strongly');
    if (new Set(Keys.map((key) => keyText(asImage(key)))).size < Keys.length) throw new ValidationException('a key stands twice');
    const projected = parseProjection(ProjectionExpression, ExpressionAttributeNames);
    const items = Keys.map((key) => table.get(asImage(key))).filter((image) => image !== undefined);
    return { Responses: { [table.shape.name]: items.map((image) => asSdkItem(project(image, projected))) } };
  }

  /** Items of several tables, by their keys. */
  #readTargets(requests: NonNullable<BatchGetItemInput['RequestItems']>): object {
    const { table, others = {}, staleness } = this.#ports;
    const tables = [table, ...Object.values(others)];
    let count = 0;
    const responses = Object.entries(requests).map(([name, { Keys = [], ConsistentRead }]) => {
      const from = tables.find(({ shape }) => shape.name === name);
      if (!from) throw new ValidationException('no such table');
      if (new Set(Keys.map((key) => keyText(asImage(key)))).size < Keys.length) throw new ValidationException('a key stands twice');
      count += Keys.length;
      const images = Keys.map((key) => (ConsistentRead ? from.get(asImage(key)) : from.getStale(asImage(key), staleness())));
      return [name, images.filter((image) => image !== undefined).map(asSdkItem)] as const;
    });
    if (count > 100) throw new ValidationException('too many keys');
    return { Responses: Object.fromEntries(responses), ConsumedCapacity: [{ CapacityUnits: count / 2 }] };
  }

  /** A page of a partition of the table, or of an index, which shows items as they were a while ago. */
  #read(
    { IndexName, ExclusiveStartKey, Limit, ProjectionExpression, ExpressionAttributeNames }: Omit<QueryInput, 'TableName'>,
    segment: number,
    totalSegments: number,
    isWanted: (image: Image) => boolean,
  ): object {
    const { table, pageSize, staleness, indexShows } = this.#ports;
    const back = IndexName === undefined ? staleness() : 0;
    const index = table.shape.indexes.find(({ name }) => name === IndexName);
    const position = ExclusiveStartKey && asImage(ExclusiveStartKey);
    const { images, more } = table.find(
      { segment, totalSegments, position, limit: Math.min(pageSize, Limit ?? pageSize) },
      ({ images: all, since }) => {
        const shown = index ? all[since.findLastIndex((time) => time <= indexShows())] : all[Math.max(0, all.length - 1 - back)];
        const isShown = shown && (index?.keys ?? []).every((name) => 'S' in (shown[name] ?? {}));
        return isShown && isWanted(shown) ? shown : undefined;
      },
    );
    const keys = [...table.keys, ...(index?.keys ?? [])];
    const ofProjection = Object.entries(ExpressionAttributeNames ?? {}).filter(([placeholder]) => placeholder !== '#k0');
    const projected = index
      ? keys
      : parseProjection(ProjectionExpression, ofProjection.length > 0 ? Object.fromEntries(ofProjection) : undefined);
    const last = images.at(-1);
    return {
      Items: images.map((image) => asSdkItem(project(image, projected))),
      ...(more && last ? { LastEvaluatedKey: asSdkItem(project(last, keys)) } : {}),
      ConsumedCapacity: { CapacityUnits: 1 },
    };
  }

  getItem(input: GetItemInput): object {
    if (!input.ConsistentRead) throw new ValidationException('the model reads single items only strongly');
    const image = this.#ports.table.get(asImage(input.Key ?? {}));
    const projected = parseProjection(input.ProjectionExpression, input.ExpressionAttributeNames);
    return image ? { Item: asSdkItem(project(image, projected)) } : {};
  }

  /** Each statement by itself: between two of them, anything can happen. */
  async executeStatements({ Statements = [] }: BatchExecuteStatementInput, request: Request): Promise<object> {
    const { table, scheduler } = this.#ports;
    const operations = Statements.map(({ Statement = '', Parameters = [] }) =>
      parsePartiql(Statement, Object.values(asImage(Object.fromEntries(Parameters.entries()))), table.shape.name, table.keys),
    );
    this.#assertDistinct(operations);
    const responses: object[] = [];
    for (const [index, operation] of operations.entries()) {
      if (index > 0) await scheduler.step(request.process, 'network', `statement ${index + 1} of ${operations.length} arrives`);
      const refused = this.#takeRefusal(request);
      const result = refused ? undefined : this.#execute(operation, request);
      if (refused) responses.push({ Error: { Code: refused === 'conflict' ? 'TransactionConflict' : 'ThrottlingError' } });
      else if (!result?.holds) responses.push({ Error: { Code: 'ConditionalCheckFailed', ...result?.present } });
      else responses.push(operation.kind === 'delete' && result.before ? { Item: asSdkItem(result.before) } : {});
    }
    return { Responses: responses };
  }

  async single(
    kind: 'update' | 'delete' | 'put',
    input: UpdateItemInput | DeleteItemInput | PutItemInput,
    request: Request,
  ): Promise<object> {
    const operation = parseExpressions(kind, asExpressions(input), this.#ports.table.keys);
    const refused = this.#takeRefusal(request);
    if (refused) throw new InjectedError(refused === 'conflict' ? 'TransactionConflictException' : 'ThrottlingException');
    const result = this.#execute(operation, request);
    if (!result.holds) throw new ConditionalCheckFailedException({ message: '', $metadata: {}, ...result.present });
    return kind === 'delete' && result.before ? { Attributes: asSdkItem(result.before) } : {};
  }

  async transact({ TransactItems = [], ClientRequestToken }: TransactWriteItemsInput, request: Request): Promise<object> {
    const { aroundOperation, distort, onCommit } = this.#ports;
    const actions = TransactItems.map(({ Update, Delete, ConditionCheck, Put }): Operation => {
      const name = this.#logicalName((Update ?? Delete ?? ConditionCheck ?? Put)?.TableName);
      const { keys } = this.#tableOf(name);
      const kind = Update ? 'update' : Delete ? 'delete' : Put ? 'put' : 'check';
      return { table: name, ...parseExpressions(kind, asExpressions(Update ?? Delete ?? Put ?? ConditionCheck ?? {}), keys) };
    });
    this.#assertDistinct(actions);
    const source = actions[0]?.key ?? {};
    aroundOperation('before', source, request);
    if (ClientRequestToken !== undefined && this.#doneTransactions.has(ClientRequestToken)) return {};
    const refused = this.#takeRefusal(request);
    const distorted = actions.map(distort).filter((action) => action !== undefined);
    const reasons = distorted.map((action) => {
      if (refused) return { Code: refused === 'conflict' ? 'TransactionConflict' : 'ThrottlingError' };
      const holds = this.#tableOf(action.table).holds(action);
      return holds ? { Code: 'None' } : { Code: 'ConditionalCheckFailed', ...this.#presentItem(action.key, request, action.table) };
    });
    if (reasons.some(({ Code }) => Code !== 'None'))
      throw new TransactionCanceledException({ message: '', $metadata: {}, CancellationReasons: reasons });
    const [change, ...changes] = distorted.map((action) => this.#tableOf(action.table).apply(action));
    const inserts = changes.filter((_, index) => distorted[index + 1]?.kind !== 'check');
    const [operation] = distorted;
    if (!change || !operation) throw new ValidationException('an empty transaction');
    if (ClientRequestToken !== undefined) this.#doneTransactions.add(ClientRequestToken);
    onCommit({ request, operation, change, inserts, isPutBack: actions[0]?.kind === 'put', isTransaction: true });
    aroundOperation('after', source, request);
    return {};
  }

  /** @returns the item as it was before, or as it is where a condition failed */
  #execute(operation: Operation, request: Request) {
    const { table, aroundOperation, distort, onCommit } = this.#ports;
    aroundOperation('before', operation.key, request);
    const distorted = distort(operation);
    if (!distorted) return { holds: true };
    const holds = table.holds(distorted);
    const nothingToDo = distorted.goneIsFine && !table.get(distorted.key);
    const change = holds && !nothingToDo ? table.apply(distorted) : undefined;
    if (change) onCommit({ request, operation: distorted, change, inserts: [], isPutBack: operation.kind === 'put', isTransaction: false });
    // DynamoDB answers with the state at the operation, not with a later one.
    const present = change ? undefined : this.#presentItem(operation.key, request);
    aroundOperation('after', operation.key, request);
    return { holds, before: change?.before, present };
  }

  #takeRefusal(request: Request): 'throttleOne' | 'conflict' | undefined {
    const { fault } = request;
    if (fault !== 'throttleOne' && fault !== 'conflict') return undefined;
    request.fault = undefined;
    return fault;
  }

  #tableOf(name: string | undefined): MemoryTable {
    const found = name === undefined ? this.#ports.table : this.#ports.others?.[name];
    if (!found) throw new ValidationException('no such table');
    return found;
  }

  #logicalName(physical: string | undefined): string | undefined {
    return Object.entries(this.#ports.others ?? {}).find(([, { shape }]) => shape.name === physical)?.[0];
  }

  #presentItem(key: Image, request: Request, table?: string) {
    const image = this.#tableOf(table).get(key);
    return image && request.fault !== 'withoutImage' ? { Item: asSdkItem(image) } : {};
  }

  #assertDistinct(operations: readonly Operation[]): void {
    const keys = new Set(operations.map(({ table, key }) => `${table ?? ''} ${keyText(keyOf(this.#tableOf(table).shape, key))}`));
    if (keys.size < operations.length) throw new ValidationException('one request holds two operations on one item');
  }
}

function project(image: Image, names: string[] | undefined): Image {
  return names ? Object.fromEntries(Object.entries(image).filter(([name]) => names.includes(name))) : image;
}

/** The fields that all requests with expressions share. */
function asExpressions(input: object): ExpressionRequest {
  return input;
}
