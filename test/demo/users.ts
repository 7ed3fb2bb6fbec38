import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { ApplicationDescription } from '../../demo/application/application-description.ts';
import type { Item } from '../../demo/item.ts';
import type { Shape } from '../../demo/shape.ts';

/** A client of the DynamoDB that the tests run against. */
export function testClient(): DynamoDBClient {
  const endpoint = process.env['DYNAMODB_URL'];
  if (!endpoint) throw new Error('Set DYNAMODB_URL to the address of a DynamoDB Local.');
  return new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}

/** A user with every type of attribute, and with values that do not survive a careless round trip. */
export function user(id: number): Record<string, AttributeValue> {
  return {
    id: { S: `user-${id}` },
    fullName: { S: `Grace ${id} Hopper` },
    balance: { N: '1234567890123456789012345678901234567.8' },
    nothing: { NULL: true },
    empty: { S: '' },
    active: { BOOL: true },
    avatar: { B: Uint8Array.of(0, 255, id % 256) },
    roles: { SS: ['reader', 'writer'] },
    scores: { NS: ['1', '2.5'] },
    keys: { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
    address: { M: { city: { S: 'Arlington' }, lines: { L: [{ S: 'a' }, { N: '7' }, { L: [] }] } } },
    visits: { N: '0' },
  };
}

/** A table with a name of its own. @param count number of its users */
export async function usersTable(client: DynamoDBClient, count: number) {
  const table = `Users-${crypto.randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  );
  const items = Array.from({ length: count }, (_, id) => user(id));
  for (let n = 0; n < items.length; n += 25) {
    const requests = items.slice(n, n + 25).map((item) => ({ PutRequest: { Item: item } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
  }
  return { table, items, drop: () => client.send(new DeleteTableCommand({ TableName: table })) };
}

/** An application that does a bit of everything to its users. */
export function usersApplication(table: string): ApplicationDescription {
  return {
    table,
    keyAttributes: ['id'],
    operations: [
      { kind: 'update', name: 'visit', weight: 40, change: () => ({ add: { visits: 1 } }) },
      { kind: 'update', name: 'rename', weight: 20, change: (_, { serial }) => ({ set: { fullName: { S: `Ada ${serial} Lovelace` } } }) },
      {
        kind: 'replace',
        name: 'edit',
        weight: 15,
        change: (_, { serial }) => ({ set: { note: { S: `note ${serial}` } }, add: { visits: 1 } }),
        unchanged: ['visits'],
      },
      { kind: 'insert', name: 'join', weight: 10, item: ({ serial }) => user(1_000_000 + serial) },
      { kind: 'delete', name: 'leave', weight: 10 },
      { kind: 'reinsert', name: 'return', weight: 5, item: (key, { serial }) => ({ ...user(serial), ...key }) },
    ],
  };
}

/** The new shape: the full name in two attributes. */
export const splitName: Shape = {
  adds: ['firstName', 'lastName'],
  of({ fullName }): Item {
    const [firstName, ...rest] = fullName?.S?.split(' ') ?? [];
    return firstName ? { firstName: { S: firstName }, lastName: { S: rest.join(' ') } } : {};
  },
};

export async function readAll(client: DynamoDBClient, table: string): Promise<Item[]> {
  const items: Item[] = [];
  let position: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey: position }));
    items.push(...(page.Items ?? []));
    position = page.LastEvaluatedKey;
  } while (position);
  return items;
}

/** A transformation that loses nothing: it adds the new attributes if the name is still the one it read. */
export async function transformSafely(client: DynamoDBClient, table: string): Promise<void> {
  for (const { id, fullName, firstName } of await readAll(client, table)) {
    if (!id || !fullName || firstName) continue;
    const shape = splitName.of({ fullName });
    await client
      .send(
        new UpdateItemCommand({
          TableName: table,
          Key: { id },
          UpdateExpression: 'SET firstName = :first, lastName = :last',
          ConditionExpression: 'fullName = :read AND attribute_not_exists(firstName)',
          ExpressionAttributeValues: {
            ':read': fullName,
            ':first': shape['firstName'] ?? { NULL: true },
            ':last': shape['lastName'] ?? { NULL: true },
          },
        }),
      )
      .catch((error) => {
        if (error.name !== 'ConditionalCheckFailedException') throw error;
      });
  }
}
