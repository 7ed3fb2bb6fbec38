import { CreateTableCommand, type DynamoDBClient, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { asImage, asSdkItem } from '../../aws/sdk-image.ts';
import type { Item } from '../../core/transformation/contract.ts';
import { decodeImage } from '../../core/values/attribute-value.ts';
import { encodeItem } from '../../core/values/encode-value.ts';
import { checkExample, type Example, type Fixtures } from './example.ts';
import { putAll, uniqueName } from './service.ts';

/** Tables for an example, with what its fixtures say is in them before. */
export class ExampleTables {
  /** By the names that the example uses. */
  readonly names: Readonly<Record<string, string>>;
  readonly #client: DynamoDBClient;
  readonly #example: Example;

  private constructor(client: DynamoDBClient, example: Example) {
    this.#client = client;
    this.#example = example;
    const { table, fixtures, transformation } = example;
    const lookedUp = Object.keys(fixtures.lookups ?? {}).map((name) => tableOf(name, transformation.lookups));
    const all = [table, ...lookedUp, ...Object.keys(fixtures.writes ?? {})];
    this.names = Object.fromEntries(all.map((name) => [name, uniqueName(name)]));
  }

  /** @param more attributes of the items that the version changes */
  static async create(client: DynamoDBClient, example: Example, more: Item = {}): Promise<ExampleTables> {
    const tables = new ExampleTables(client, example);
    const { table, fixtures, transformation } = example;
    await tables.#fill(table, fixtures, fixtures.before);
    if (Object.keys(more).length > 0) await tables.set(more);
    for (const [name, { keys, rows }] of Object.entries(fixtures.lookups ?? {}))
      await tables.#fill(tableOf(name, transformation.lookups), { keys }, rows);
    for (const [name, { keys, items }] of Object.entries(fixtures.writes ?? {})) await tables.#fill(name, { keys }, items);
    return tables;
  }

  /** All items of each table that the example may write, by the table's name. */
  async contents(): Promise<Record<string, Item[]>> {
    const written = [this.#example.table, ...Object.keys(this.#example.fixtures.writes ?? {})];
    return Object.fromEntries(await Promise.all(written.map(async (name) => [name, sorted(await this.#items(name))])));
  }

  /** The application sets attributes of each item that the version changes. */
  async set(attributes: Item): Promise<void> {
    const { table, fixtures } = this.#example;
    const names = Object.keys(attributes);
    const checked = await checkExample(this.#example);
    for (const { before: item } of checked.filter(({ outcome }) => outcome === 'changed')) {
      const key = Object.fromEntries(fixtures.keys.map((name) => [name, item[name]]));
      await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#nameOf(table),
          Key: asSdkItem(encodeItem(key)),
          UpdateExpression: `SET ${names.map((name) => `${name} = :${name}`).join(', ')}`,
          ExpressionAttributeValues: asSdkItem(encodeItem(Object.fromEntries(names.map((name) => [`:${name}`, attributes[name]])))),
        }),
      );
    }
  }

  async #items(name: string): Promise<Item[]> {
    const items: Item[] = [];
    for await (const { Items = [] } of paginateScan({ client: this.#client }, { TableName: this.#nameOf(name), ConsistentRead: true }))
      items.push(...Items.map((item) => decodeImage(asImage(item))));
    return items;
  }

  async #fill(name: string, { keys, indexes = {} }: Pick<Fixtures, 'keys' | 'indexes'>, items: readonly Item[]): Promise<void> {
    const schema = (names: readonly string[]) =>
      names.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? ('HASH' as const) : ('RANGE' as const) }));
    const keyNames = new Set([...keys, ...Object.values(indexes).flat()]);
    const global = Object.entries(indexes).map(([IndexName, names]) => ({
      IndexName,
      KeySchema: schema(names),
      Projection: { ProjectionType: 'KEYS_ONLY' as const },
    }));
    await this.#client.send(
      new CreateTableCommand({
        TableName: this.#nameOf(name),
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: schema(keys),
        AttributeDefinitions: [...keyNames].map((AttributeName) => ({ AttributeName, AttributeType: typeIn(items, AttributeName) })),
        ...(global.length > 0 ? { GlobalSecondaryIndexes: global } : {}),
      }),
    );
    await putAll(
      this.#client,
      this.#nameOf(name),
      items.map((item) => asSdkItem(encodeItem(item))),
    );
  }

  #nameOf(name: string): string {
    const physical = this.names[name];
    if (physical === undefined) throw new Error(`The fixtures say nothing of a table ${name}.`);
    return physical;
  }
}

/** In an order that depends on nothing but the items. */
export function sorted(items: readonly Item[]): Item[] {
  const withText = items.map((item) => ({ item, text: JSON.stringify(item, Object.keys(item).toSorted()) }));
  return withText.toSorted((a, b) => (a.text < b.text ? -1 : 1)).map(({ item }) => item);
}

/** The name in the stack of a table that the file looks things up in. */
function tableOf(name: string, declared: Example['transformation']['lookups'] = {}): string {
  const found = declared[name];
  return typeof found === 'string' ? found : (found?.table ?? name);
}

function typeIn(items: readonly Item[], name: string): 'S' | 'N' {
  return items.some((item) => typeof item[name] === 'number') ? 'N' : 'S';
}
