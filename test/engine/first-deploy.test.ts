import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteTableCommand, DescribeTableCommand, ScanCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import { createTable, putAll, type Service, startService, uniqueName } from '../support/service.ts';

/** What docs/deploy.md asks of the ledger after a first deploy that was rolled back. */

const table = uniqueName('First');
let service: Service;
let TableName: string;

beforeAll(async () => {
  service = await startService({
    [`${table}/v1.ts`]: `export const sequence = 1;
export const adds = ['a'];
export const transformUp = (item) => ({ ...item, a: 1 });`,
  });
  TableName = `${service.name}-ledger`;
});
afterAll(() => service?.close());

/** The scan of the page, by its own filter. */
async function counted(): Promise<number | undefined> {
  const page = readFileSync(join(packageRoot, 'docs/deploy.md'), 'utf8');
  const [, FilterExpression, values = ''] =
    /--filter-expression '([^']+)' \\\s+--expression-attribute-values '([^']+)'/.exec(page) ?? expect.fail('the page has no such command');
  const ExpressionAttributeValues = JSON.parse(values);
  const { Count } = await service.dynamodb.send(
    new ScanCommand({ TableName, Select: 'COUNT', FilterExpression, ExpressionAttributeValues }),
  );
  return Count;
}

it('finds nothing else in a ledger that no run has used, and removes it although it was protected', async () => {
  expect((await service.dynamodb.send(new ScanCommand({ TableName }))).Count).toBeGreaterThan(1);
  expect(await counted()).toBe(0);

  // A run is found.
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, [{ id: { S: 'a' } }]);
  await service.run({ table });
  expect(await counted()).toBeGreaterThan(2);

  await service.dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: true }));
  await expect(service.dynamodb.send(new DeleteTableCommand({ TableName }))).rejects.toThrow(/protected against deletion/);
  await service.dynamodb.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
  await service.dynamodb.send(new DeleteTableCommand({ TableName }));
  await expect(service.dynamodb.send(new DescribeTableCommand({ TableName }))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
