import { type AttributeValue, type DynamoDBClient, GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';

/** An item of the ledger's table. */
export type RawRecord = Record<string, AttributeValue>;

/** Records of one partition whose sort key begins with a prefix. */
export interface AskedRecords {
  pk: string;
  prefix: string;
  newestFirst?: boolean | undefined;
  limit?: number | undefined;
  /** They change no more. */
  areFinal?: boolean | undefined;
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

  constructor(client: DynamoDBClient, ledger: string) {
    this.#client = client;
    this.#ledger = ledger;
  }

  async get({ pk, sk }: { pk: string; sk: string }): Promise<RawRecord | undefined> {
    const key = { pk: { S: pk }, sk: { S: sk } };
    const { Item } = await this.#client.send(new GetItemCommand({ TableName: this.#ledger, Key: key, ConsistentRead: true }));
    return Item;
  }

  async query({ pk, prefix, newestFirst = false, limit = Number.POSITIVE_INFINITY }: AskedRecords): Promise<RawRecord[]> {
    const items: RawRecord[] = [];
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#ledger,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':prefix': { S: prefix } },
        ScanIndexForward: !newestFirst,
        ConsistentRead: true,
        ...(Number.isFinite(limit) ? { Limit: limit } : {}),
      },
    );
    for await (const page of pages) {
      items.push(...(page.Items ?? []));
      if (items.length >= limit) break;
    }
    return items.slice(0, limit);
  }
}
