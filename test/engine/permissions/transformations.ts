import { fileURLToPath } from 'node:url';

/** The test's files lie where no node_modules is near. */
const libDynamoDb = fileURLToPath(import.meta.resolve('@aws-sdk/lib-dynamodb'));

/** Files that make the write path use each of its ways, in this order: later ones need what earlier ones leave. */
export function mainFiles(lookup: string, written: string): Record<string, string> {
  return {
    // Seeds; lookups by each command; statements.
    'v1.ts': `import { BatchGetCommand, GetCommand, QueryCommand, ScanCommand } from '${libDynamoDb}';
export const sequence = 1;
export const adds = ['price'];
export const seed = [{ id: 'seeded' }];
const TableName = '${lookup}';
export const lookups = { prices: TableName };
export const transformUp = async (item, { documentClient, look }) => {
  await look.prices.get({ id: 'p' });
  await look.self.query({ id: item.id });
  const { Item } = await documentClient.send(new GetCommand({ TableName, Key: { id: 'p' } }));
  await documentClient.send(new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [{ id: 'p' }] } } }));
  await documentClient.send(new QueryCommand({ TableName, IndexName: 'byKind', KeyConditionExpression: 'kind = :kind', ExpressionAttributeValues: { ':kind': 'k' } }));
  await documentClient.send(new ScanCommand({ TableName, Limit: 1 }));
  return { ...item, price: Item.price };
};`,
    // Deletes by statement, moves, and inserts beside an item that changes.
    'v2.ts': `export const sequence = 2;
export const inserts = true;
export const deletes = true;
export const overwrites = ['copied'];
export const transformUp = (item) => {
  if (item.id === 'gone') return [];
  if (item.id === 'moved') return [{ ...item, id: 'moved-away' }];
  if (item.id === 'copied' && !item.copied) return [{ ...item, copied: true }, { id: 'copy', price: 1 }];
};
export const transformDown = () => undefined;`,
    // A name that PartiQL cannot say: by UpdateItem.
    'v3.ts': `export const sequence = 3;
export const adds = ['#odd'];
export const transformUp = (item) => ({ ...item, '#odd': 1 });
export const transformDown = () => undefined;`,
    // And by DeleteItem. Its way back is its journal.
    'v4.ts': `export const sequence = 4;
export const deletes = true;
export const transformUp = (item) => (item.id === 'odd' ? [] : undefined);`,
    // Prepared from the table itself and from another.
    'v5.ts': `import { GetCommand } from '${libDynamoDb}';
export const sequence = 5;
export const adds = ['prepared'];
export const prepare = async ({ scan, documentClient }) => {
  let items = 0;
  for await (const _ of scan(['id'])) items++;
  const { Item } = await documentClient.send(new GetCommand({ TableName: '${lookup}', Key: { id: 'p' } }));
  return { items, price: Item.price };
};
export const transformUp = (item, { preparation }) => ({ ...item, prepared: preparation.price });`,
    // Only some items: what an index shows, partitions, and partitions of an index.
    'v6.ts': `export const sequence = 6;
export const adds = ['shown'];
export const only = { index: 'byKind' };
export const transformUp = (item) => ({ ...item, shown: true });`,
    'v7.ts': `export const sequence = 7;
export const adds = ['named'];
export const only = { partitions: ['i1', 'i2'] };
export const transformUp = (item) => ({ ...item, named: true });`,
    'v8.ts': `export const sequence = 8;
export const adds = ['both'];
export const only = { index: 'byKind', partitions: ['k'] };
export const transformUp = (item) => ({ ...item, both: true });`,
    // Into another table: looks under keys, inserts, changes what is there; and deletes on the way down.
    'v9.ts': `import { insert } from 'dynamodt';
export const sequence = 9;
export const adds = ['sent'];
export const writes = ['${written}'];
export const transformUp = (item) => [
  { ...item, sent: true },
  insert({ id: item.id, n: 1 }, { table: '${written}', onExisting: (there, given) => ({ ...there, ...given }) }),
];`,
    // And beside items of the table itself, which need no mark.
    'v10.ts': `import { insert } from 'dynamodt';
export const sequence = 10;
export const inserts = { onExisting: 'keep' };
export const transformUp = (item) => (item.id === 'i1' ? [item, insert({ id: 'beside' })] : undefined);`,
    // With a parameter that is encrypted.
    'v11.ts': `import { secret } from 'dynamodt';
export const sequence = 11;
export const adds = ['tokenLength'];
export const parameters = { token: secret('t') };
export const transformUp = (item, { parameters }) => ({ ...item, tokenLength: parameters.token.length });`,
  };
}

export const slowFile = `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => ({ ...item, once: 1 });`;

export const brokenFile = `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => {
  if (item.id === 'i1') throw new RangeError('secret');
  return { ...item, once: 1 };
};`;

const declaringSecret = `import { secret } from 'dynamodt';
export const parameters = { token: secret('t') };
`;

export const mendedFile = declaringSecret + brokenFile.replace("=== 'i1'", "=== 'nobody'");

export const unpreparedFile = `export const sequence = 1;
export const adds = ['once'];
export const prepare = () => { throw new RangeError('secret'); };
export const transformUp = (item) => ({ ...item, once: 1 });`;

export const preparedFile = declaringSecret + unpreparedFile.replace("throw new RangeError('secret');", 'return 1;');

/** Uses all that a followed version may: a preparation, a secret parameter and a look-up. */
export function followedFile(lookup: string): string {
  return `${declaringSecret}export const sequence = 1;
export const adds = ['total'];
export const lookups = { prices: '${lookup}' };
export const prepare = () => ({ factor: 2 });
export const transformUp = async (item, { parameters, preparation, look }) => {
  if (item.broken) throw new RangeError('secret');
  const { price } = await look.prices.get({ id: 'p' });
  return { ...item, total: price * preparation.factor + parameters.token.length };
};`;
}
