import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTable, putAll, readAll, type Service, startService, uniqueName } from '../support/service.ts';

const good = "export const sequence = 1;\nexport const adds = ['b'];\nexport const transformUp = (item) => ({ ...item, b: 1 });";
const broken = good.replace('(item) => (', "(item) => { throw new RangeError('x'); return (").replace('b: 1 })', 'b: 1 }); }');
/** More than are taken up at a time; the first fails. */
const tables = Array.from({ length: 6 }, (_, n) => uniqueName(`All${n}`));
const [failing = '', ...others] = tables;
let service: Service;

beforeAll(async () => {
  service = await startService(Object.fromEntries(tables.map((table) => [`${table}/v1.ts`, table === failing ? broken : good])));
  for (const table of tables) {
    await createTable(service.dynamodb, table);
    await putAll(service.dynamodb, table, [{ id: { S: 'a' } }]);
  }
});
afterAll(() => service?.close());

async function transformed(table: string) {
  return [...(await readAll(service.dynamodb, table)).values()].every((item) => item['b']?.N === '1');
}

it('takes up all tables but the one that fails, names it, and does only that one in a redrive', async () => {
  const execution = await service.runAll({ tables });

  expect(execution).toMatchObject({ status: 'FAILED', error: 'TablesFailed' });
  expect(execution.errorMessage).toContain(`1 of 6 tables were not taken up: ${failing} (ItemsFailed`);
  expect(await Promise.all(others.map(transformed))).toEqual(others.map(() => true));

  await service.deploy({ [`${failing}/v1.ts`]: good });
  const { executionArn = '' } = execution;
  await service.sfn.send(new RedriveExecutionCommand({ executionArn }));

  expect((await service.ended(executionArn)).error).toBeUndefined();
  expect(await transformed(failing)).toBe(true);
  expect(await Promise.all(others.map(async (table) => (await service.ledger.runs(table)).length))).toEqual(others.map(() => 1));
});
