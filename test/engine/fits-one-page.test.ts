import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { fitsOnePage } from '../../aws/table/fits-one-page.ts';
import { createTable, putAll, uniqueName } from '../support/service.ts';

const client = new DynamoDBClient({
  endpoint: process.env['DYNAMODB_URL'] ?? '',
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

it('tells whether one page holds the whole table, by its number of items and by its size', async () => {
  const name = uniqueName('Page');
  await createTable(client, name);
  expect(await fitsOnePage(client, { name }, 1000)).toBe(true);

  await putAll(
    client,
    name,
    [1, 2, 3].map((n) => ({ id: { S: `u${n}` }, text: { S: 'x'.repeat(300_000) } })),
  );
  expect(await fitsOnePage(client, { name }, 1000)).toBe(true);
  expect(await fitsOnePage(client, { name }, 3)).toBe(true);
  expect(await fitsOnePage(client, { name }, 2)).toBe(false);

  // Over 1 MB.
  await putAll(
    client,
    name,
    [4, 5].map((n) => ({ id: { S: `u${n}` }, text: { S: 'x'.repeat(300_000) } })),
  );
  expect(await fitsOnePage(client, { name }, 1000)).toBe(false);
});
