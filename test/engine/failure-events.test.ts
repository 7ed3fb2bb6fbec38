import { setTimeout } from 'node:timers/promises';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTable, putAll, type Service, startService, uniqueName } from '../support/service.ts';

/** EventBridge tells late, twice, out of order, or not at all: here the test is EventBridge, and local AWS's own events are dropped. */

const file = `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => ({ ...item, once: item.n });`;
let service: Service;

beforeAll(async () => {
  service = await startService(
    {},
    { environment: { DYNAMODT_LEASE_MS: '1500', DYNAMODT_CONTROL_INTERVAL_MS: '200' }, failureEvents: () => 'drop' },
  );
});
afterAll(() => service?.close());

function tell(table: string, executionArn: string) {
  return service.aws.invoke('record-failure', { detail: { executionArn, input: JSON.stringify({ table }), status: 'ABORTED' } });
}

async function latest(table: string) {
  return (await service.ledger.runs(table))[0];
}

async function aborted() {
  const table = uniqueName('Event');
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  await putAll(
    service.dynamodb,
    table,
    Array.from({ length: 50 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } })),
  );
  return { table, executionArn: await startAndAbort(table) };
}

/** The event comes while the execution is being stopped. */
async function startAndAbort(table: string) {
  const executionArn = await service.start({ table, totalSegments: 2, maxConcurrency: 1, writeUnits: 5 });
  while ((await service.ledger.lock(table))?.execution !== executionArn) await setTimeout(20);
  const early = tell(table, executionArn);
  await service.sfn.send(new StopExecutionCommand({ executionArn }));
  await service.ended(executionArn);
  await early;
  return executionArn;
}

it('records how an execution ended that could not say so, however often it is told', async () => {
  const { table, executionArn } = await aborted();
  await tell(table, executionArn);
  const run = await latest(table);
  expect(run).toMatchObject({ status: 'aborted', error: { name: 'Aborted' }, endedAt: expect.any(String) });

  await Promise.all([tell(table, executionArn), tell(table, executionArn)]);

  expect(await latest(table)).toEqual(run);
  const lock = await service.ledger.lock(table);
  expect(lock).toMatchObject({ run: run?.id, execution: executionArn });
  expect(lock?.endedAt).toBeUndefined();
});

it('needs no event to go on, and a late one harms nothing', async () => {
  const { table, executionArn } = await aborted();

  expect((await service.run({ table })).status).toBe('SUCCEEDED');
  await tell(table, executionArn);

  const run = await latest(table);
  expect([run?.status, run?.error]).toEqual(['succeeded', undefined]);
  expect(await service.ledger.lock(table)).toMatchObject({ endedAt: expect.any(String) });
  expect(await service.ledger.versions(table)).toMatchObject([{ status: 'applied' }]);
});

it('takes no notice of an execution that the ledger does not know', async () => {
  const { table } = await aborted();
  const before = await latest(table);

  await tell(table, 'arn:aws:states:us-east-1:000000000000:execution:dynamodt-transform-table:other');

  expect(await latest(table)).toEqual(before);
});

it('records the end of the execution that holds the run, not of the one before, in whichever order they are told', async () => {
  const { table, executionArn } = await aborted();
  const second = await startAndAbort(table);

  await tell(table, second);
  await tell(table, executionArn);

  const runs = await service.ledger.runs(table);
  expect(runs).toMatchObject([{ status: 'aborted', execution: second, error: { name: 'Aborted' } }]);
  expect((await service.run({ table })).status).toBe('SUCCEEDED');
  await Promise.all([tell(table, executionArn), tell(table, second)]);
  expect(await service.ledger.runs(table)).toMatchObject([{ id: runs[0]?.id, status: 'succeeded' }]);
});
