import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SimulatedTime } from './simulated-time.ts';

/** Requests and capacity units of one partition key, or of the ledger, in one second. */
export interface LedgerSecond {
  reads: number;
  readUnits: number;
  writes: number;
  writeUnits: number;
}

/** Max bytes of a page of a Query. */
const maxPageBytes = 1024 * 1024;
const nothing: LedgerSecond = { reads: 0, readUnits: 0, writes: 0, writeUnits: 0 };

/**
 * The ledger of a simulated run: the real classes of aws/ledger send their requests to it. It stores the records, and counts requests and capacity
 * units for each second and each partition key. It does not look at conditions: in the simulation they always hold.
 */
export class SimulatedLedger {
  /** Answers by itself, before a request is made. */
  readonly client = new DynamoDBClient({ region: 'us-east-1' });
  readonly #time: SimulatedTime;
  readonly #latencyMs: number;
  /** By partition key, and by sort key. */
  readonly #records = new Map<string, Map<string, Record<string, AttributeValue>>>();
  /** By partition key ('' for all), and by second. */
  readonly #load = new Map<string, Map<number, LedgerSecond>>();

  constructor(time: SimulatedTime, latencyMs: number) {
    this.#time = time;
    this.#latencyMs = latencyMs;
    this.client.middlewareStack.add(
      () =>
        async ({ input }) => ({ response: {}, output: { ...(await this.#answerLater(input)), $metadata: {} } }),
      { step: 'initialize', priority: 'high' },
    );
  }

  /** Stores a record as another process would, without a request. */
  put(record: Record<string, AttributeValue>): void {
    const [pk, sk] = [record['pk']?.S ?? '', record['sk']?.S ?? ''];
    const partition = this.#records.get(pk) ?? new Map<string, Record<string, AttributeValue>>();
    this.#records.set(pk, partition.set(sk, record));
  }

  /** A request whose answer the simulation gives itself. @returns when it is answered */
  async ask<T>(kind: 'read' | 'write', pk: string, sk: string, answer: () => T): Promise<T> {
    this.#count(kind, pk, sizeOf(this.#records.get(pk)?.get(sk) ?? {}));
    const answered = answer();
    await this.#time.wait(this.#latencyMs);
    return answered;
  }

  /** The load of each second between two moments, in milliseconds. @param of a partition key; of the whole ledger if it is left out */
  seconds(from: number, to: number, of = ''): LedgerSecond[] {
    const seconds: LedgerSecond[] = [];
    for (let second = Math.floor(from / 1000); second < to / 1000; second++) seconds.push(this.#load.get(of)?.get(second) ?? nothing);
    return seconds;
  }

  get partitionKeys(): string[] {
    return [...this.#load.keys()].filter((pk) => pk !== '');
  }

  async #answerLater(input: object): Promise<object> {
    const answer = this.answer(input);
    await this.#time.wait(this.#latencyMs);
    return answer;
  }

  /** Answers the input of a request at once. */
  answer(input: object): object {
    if ('TransactItems' in input && Array.isArray(input.TransactItems)) {
      // A transaction costs twice the units of its writes.
      for (const item of input.TransactItems) for (let twice = 0; twice < 2; twice++) this.#write(item.Put ?? item.Update ?? {});
      return {};
    }
    if ('RequestItems' in input && typeof input.RequestItems === 'object') {
      for (const requests of Object.values(input.RequestItems ?? {})) for (const { PutRequest } of requests) this.#write(PutRequest);
      return {};
    }
    if ('ExpressionAttributeValues' in input && 'KeyConditionExpression' in input) return this.#query(input);
    if ('UpdateExpression' in input || 'Item' in input) return this.#write(input);
    return { Item: this.#get(input) };
  }

  #write(input: object): object {
    if ('Item' in input && isRecord(input.Item)) {
      this.#count('write', input.Item['pk']?.S ?? '', sizeOf(input.Item));
      this.put(input.Item);
    } else if ('Key' in input && isRecord(input.Key)) {
      const [pk, sk] = keyOf(input.Key);
      this.#count('write', pk, sizeOf(this.#records.get(pk)?.get(sk) ?? {}));
    }
    return {};
  }

  #get(input: object): Record<string, AttributeValue> | undefined {
    const [pk, sk] = 'Key' in input && isRecord(input.Key) ? keyOf(input.Key) : ['', ''];
    const record = this.#records.get(pk)?.get(sk);
    this.#count('read', pk, sizeOf(record ?? {}));
    return record;
  }

  #query(input: { ExpressionAttributeValues: unknown } & object): object {
    const values = isRecord(input.ExpressionAttributeValues) ? input.ExpressionAttributeValues : {};
    const [pk, prefix] = [values[':pk']?.S ?? '', values[':prefix']?.S ?? ''];
    const after = 'ExclusiveStartKey' in input && isRecord(input.ExclusiveStartKey) ? (input.ExclusiveStartKey['sk']?.S ?? '') : '';
    const found = [...(this.#records.get(pk) ?? [])]
      .filter(([sk]) => sk.startsWith(prefix) && sk > after)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const Items: Record<string, AttributeValue>[] = [];
    let bytes = 0;
    for (const [, record] of found) {
      if (bytes > 0 && bytes + sizeOf(record) > maxPageBytes) break;
      bytes += sizeOf(record);
      Items.push(record);
    }
    this.#count('read', pk, bytes);
    const last = Items.at(-1);
    // A filter is not applied: what is counted that way is not looked at here.
    return {
      Items,
      Count: 'FilterExpression' in input ? 0 : Items.length,
      ...(last && Items.length < found.length ? { LastEvaluatedKey: { pk: last['pk'], sk: last['sk'] } } : {}),
    };
  }

  /** All reads are strongly consistent: a unit for 4 KB. */
  #count(kind: 'read' | 'write', pk: string, bytes: number): void {
    const second = Math.floor(this.#time.now / 1000);
    const added =
      kind === 'read'
        ? { reads: 1, readUnits: Math.max(1, Math.ceil(bytes / 4096)) }
        : { writes: 1, writeUnits: Math.max(1, Math.ceil(bytes / 1024)) };
    for (const counted of ['', pk]) {
      const load = this.#load.get(counted) ?? new Map<number, LedgerSecond>();
      this.#load.set(counted, load);
      const { reads, readUnits, writes, writeUnits } = { ...nothing, ...added };
      const before = load.get(second) ?? nothing;
      load.set(second, {
        reads: before.reads + reads,
        readUnits: before.readUnits + readUnits,
        writes: before.writes + writes,
        writeUnits: before.writeUnits + writeUnits,
      });
    }
  }
}

function keyOf(key: Record<string, AttributeValue>): [pk: string, sk: string] {
  return [key['pk']?.S ?? '', key['sk']?.S ?? ''];
}

function isRecord(value: unknown): value is Record<string, AttributeValue> {
  return typeof value === 'object' && value !== null;
}

/** About the bytes that DynamoDB bills. */
function sizeOf(record: Record<string, AttributeValue>): number {
  let bytes = 0;
  for (const name in record) bytes += name.length + valueSize(record[name]);
  return bytes;
}

function valueSize(value: AttributeValue | undefined): number {
  if (value?.S !== undefined) return Buffer.byteLength(value.S);
  if (value?.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value?.M) return 3 + Object.keys(value.M).length + sizeOf(value.M);
  if (value?.L) return 3 + value.L.reduce((sum, element) => sum + 1 + valueSize(element), 0);
  return 1;
}
