import { type AttributeValue, type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { keyValues } from '../ledger-keys.ts';

/** An item of the ledger's table. */
export type RawRecord = Record<string, AttributeValue>;

/** Records of one partition. */
export interface AskedRecords {
  pk: string;
  /** What their sort keys begin with; empty for all. */
  prefix: string;
  newestFirst?: boolean | undefined;
  limit?: number | undefined;
  /** They change no more. */
  areFinal?: boolean | undefined;
}

/** Records of one partition from a sort key on, the last first. */
export interface LastRecords {
  pk: string;
  from: string;
  limit: number;
}

/** Reads the ledger's table. */
export interface LedgerRequests {
  get(key: { pk: string; sk: string }): Promise<RawRecord | undefined>;
  query(asked: AskedRecords): Promise<RawRecord[]>;
}

/** Asks DynamoDB each time, and always strongly consistent. */
export class DirectRequests implements LedgerRequests {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;
  readonly #permit: () => Promise<void>;

  /** @param permit is waited for before each request */
  constructor(client: DynamoDBClient, ledger: string, permit: () => Promise<void> = async () => {}) {
    this.#client = client;
    this.#ledger = ledger;
    this.#permit = permit;
  }

  async get(key: { pk: string; sk: string }): Promise<RawRecord | undefined> {
    await this.#permit();
    const { Item } = await this.#client.send(new GetItemCommand({ TableName: this.#ledger, Key: keyValues(key), ConsistentRead: true }));
    return Item;
  }

  query({ pk, prefix, newestFirst = false, limit }: AskedRecords): Promise<RawRecord[]> {
    return prefix === ''
      ? this.#ask('pk = :pk', { ':pk': { S: pk } }, newestFirst, limit)
      : this.#ask('pk = :pk AND begins_with(sk, :prefix)', { ':pk': { S: pk }, ':prefix': { S: prefix } }, newestFirst, limit);
  }

  last({ pk, from, limit }: LastRecords): Promise<RawRecord[]> {
    return this.#ask('pk = :pk AND sk >= :from', { ':pk': { S: pk }, ':from': { S: from } }, true, limit);
  }

  async #ask(condition: string, values: RawRecord, newestFirst: boolean, limit = Number.POSITIVE_INFINITY): Promise<RawRecord[]> {
    const items: RawRecord[] = [];
    let next: RawRecord | undefined;
    do {
      await this.#permit();
      const { Items = [], LastEvaluatedKey } = await this.#client.send(
        new QueryCommand({
          TableName: this.#ledger,
          KeyConditionExpression: condition,
          ExpressionAttributeValues: values,
          ScanIndexForward: !newestFirst,
          ConsistentRead: true,
          ...(Number.isFinite(limit) ? { Limit: limit } : {}),
          ...(next ? { ExclusiveStartKey: next } : {}),
        }),
      );
      items.push(...Items);
      next = LastEvaluatedKey;
    } while (next && items.length < limit);
    return items.slice(0, limit);
  }
}
