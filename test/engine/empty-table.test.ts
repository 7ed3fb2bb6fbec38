import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTable, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** A new stage: sixty versions over a table without items. */

const versions = Array.from({ length: 60 }, (_, index) => index + 1);
const table = uniqueName('Empty');
const seededTable = uniqueName('Seeded');
let service: Service;

function fileOf(sequence: number): string {
  return `export const sequence = ${sequence};
export const adds = ['a${sequence}'];
export const transformUp = (item) => ({ ...item, a${sequence}: ${sequence} });
`;
}

function seeding(sequence: number): string {
  return `export const sequence = ${sequence};
export const seed = [{ id: 'seeded' }];
`;
}

beforeAll(async () => {
  const files = versions.map((sequence) => [`${table}/v${sequence}.ts`, fileOf(sequence)]);
  const seeded = [1, 2, 3, 4].map((sequence) => [`${seededTable}/v${sequence}.ts`, sequence === 3 ? seeding(3) : fileOf(sequence)]);
  service = await startService(Object.fromEntries([...files, ...seeded]));
  for (const each of [table, seededTable]) await createTable(service.dynamodb, each);
});
afterAll(() => service?.close());

/** Passes and events of the execution: a Distributed Map is entered once in a pass. */
async function courseOf(executionArn: string | undefined) {
  const { events = [] } = await service.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  const passes = events.filter(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === 'TransformSegments').length;
  return { passes, events: events.length };
}

it('is looked at once for all versions, up and down', async () => {
  const up = await service.run({ table });

  expect(up).toMatchObject({ status: 'SUCCEEDED' });
  expect(JSON.parse(up.output ?? '').sequences).toEqual(versions);
  expect((await courseOf(up.executionArn)).passes).toBe(1);
  expect((await courseOf(up.executionArn)).events).toBeLessThan(25);
  expect((await service.ledger.versions(table)).map(({ sequence, status }) => [sequence, status])).toEqual(
    versions.map((sequence) => [sequence, 'applied']),
  );
  expect((await service.run({ table })).output).toContain('nothingToDo');

  const down = await service.run({ table, direction: 'down', to: 0 });

  expect(down).toMatchObject({ status: 'SUCCEEDED' });
  // The second pass is that of the versions which do not fit into the first one's transaction.
  expect((await courseOf(down.executionArn)).passes).toBe(2);
  expect((await service.ledger.versions(table)).map(({ status }) => status)).toEqual(versions.map(() => 'rolledBack'));
});

it('gets the seeds of a version, and what later versions make of them', async () => {
  const up = await service.run({ table: seededTable });

  expect(up).toMatchObject({ status: 'SUCCEEDED' });
  // v1 with v2; v3, whose second look finds the seed as it is; v4, as there is an item now.
  expect((await courseOf(up.executionArn)).passes).toBe(3);
  expect([...(await readAll(service.dynamodb, seededTable)).values()]).toEqual([{ id: { S: 'seeded' }, a4: { N: '4' } }]);

  expect(await service.run({ table: seededTable, direction: 'down', to: 0 })).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
  expect((await readAll(service.dynamodb, seededTable)).size).toBe(0);
});
