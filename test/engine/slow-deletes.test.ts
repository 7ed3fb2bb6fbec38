import { setTimeout } from 'node:timers/promises';
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** P1, for versions that delete: DynamoDB answers later than clients are used to wait. */

const items: RawItem[] = Array.from({ length: 10 }, (_, n) => ({ id: { S: `i${n}` } }));
const file = `export const sequence = 1;
export const deletes = true;
export const transformUp = (item) => (item.keep ? undefined : []);`;
/** The SDK's requests are given up after 4 s. */
const answerAfterMs = 6500;

let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService({}, { dynamodb: proxy.url });
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

it('puts back what the application marked just before our delete, though the answer that holds the mark comes late', async () => {
  const table = uniqueName('Deleted');
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  const isDelete = (text: string): boolean => text.includes(`DELETE FROM \\"${table}\\"`);
  let marked = false;
  let slow = true;
  proxy.before = async ({ text }) => {
    if (marked || !isDelete(text)) return undefined;
    marked = true;
    for (const { id } of items)
      await service.dynamodb.send(
        new UpdateItemCommand({
          TableName: table,
          Key: { id: id ?? { S: '' } },
          UpdateExpression: 'SET keep = :yes',
          ExpressionAttributeValues: { ':yes': { BOOL: true } },
        }),
      );
    return undefined;
  };
  proxy.after = async ({ text }) => {
    if (!slow || !isDelete(text)) return undefined;
    slow = false;
    await setTimeout(answerAfterMs);
    return undefined;
  };

  const execution = await service.run({ table, totalSegments: 1 });

  expect(execution.error).toBeUndefined();
  expect(marked).toBe(true);
  expect(await readAll(service.dynamodb, table)).toEqual(
    new Map(items.map((item) => [JSON.stringify(item['id']), { ...item, keep: { BOOL: true } }])),
  );
});
