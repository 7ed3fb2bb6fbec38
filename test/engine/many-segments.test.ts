import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RequestCounter, startRequestCounter } from '../support/request-counter.ts';
import { createTable, putAll, type Service, startService, uniqueName } from '../support/service.ts';

const segments = 10_000;
const table = uniqueName('Many');
const name = uniqueName('many').toLowerCase();
let counter: RequestCounter;
let service: Service;

beforeAll(async () => {
  counter = await startRequestCounter(process.env['DYNAMODB_URL'] ?? '', `${name}-ledger`);
  const file = `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => ({ ...item, once: item.n });`;
  service = await startService({ [`${table}/v1.ts`]: file }, { name, dynamodb: counter.url, maxProcesses: 4 });
  await createTable(service.dynamodb, table);
  await putAll(
    service.dynamodb,
    table,
    Array.from({ length: 500 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } })),
  );
});
afterAll(async () => {
  await service?.close();
  await counter?.close();
});

it('takes 10,000 segments through Map and settling within the limits that local AWS enforces as AWS does', async () => {
  const execution = await service.run({ table, dryRun: true, totalSegments: segments, maxConcurrency: 1000 });

  expect(execution).toMatchObject({ status: 'SUCCEEDED' });
  expect(JSON.parse(execution.output ?? '')).toMatchObject({ counters: { scanned: 500, changed: 500 } });
  const { events = [] } = await service.sfn.send(
    new GetExecutionHistoryCommand({ executionArn: execution.executionArn, includeExecutionData: true }),
  );
  expect(events.length).toBeLessThan(100);
  expect(Math.max(...events.map((event) => JSON.stringify(event).length))).toBeLessThan(64 * 1024);
  // Per segment: its control and its checkpoint are read, the checkpoint is taken and left.
  expect(counter.counts['GetItem']).toBeGreaterThan(segments);
  expect(counter.counts['GetItem']).toBeLessThan(2.1 * segments);
  expect(counter.counts['PutItem']).toBeLessThan(2.1 * segments);
  expect(counter.counts['Query']).toBeLessThan(100);
}, 900_000);
