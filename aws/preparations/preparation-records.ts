import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Preparation, PreparationOwner, PreparationRecords } from '../../core/ledger/preparation.ts';
import { keyValues, preparationKey } from '../ledger/ledger-keys.ts';
import { fromRecord, PreparationRecord, toRecord } from '../ledger/ledger-record.ts';

/** The ledger's records of preparations: one for each version and code that made one, the newest. */
export class LedgerPreparations implements PreparationRecords {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;

  constructor(client: DynamoDBClient, ledger: string) {
    this.#client = client;
    this.#ledger = ledger;
  }

  async preparation(owner: PreparationOwner): Promise<Preparation | undefined> {
    const { Item } = await this.#client.send(new GetItemCommand({ TableName: this.#ledger, Key: keyOf(owner), ConsistentRead: true }));
    return Item && fromRecord(PreparationRecord, Item);
  }

  async recordPreparation(preparation: Preparation): Promise<void> {
    const Item = { ...toRecord(preparation), ...keyOf(preparation) };
    await this.#client.send(new PutItemCommand({ TableName: this.#ledger, Item }));
  }
}

function keyOf({ table, sequence, checksum }: PreparationOwner) {
  return keyValues(preparationKey(table, sequence, checksum));
}
