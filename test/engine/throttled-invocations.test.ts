import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** Lambda refuses invocations (`Lambda.TooManyRequestsException`) when the account's concurrency is used up, by the application or by us. */

const files = {
  'v1.ts': `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => ({ ...item, once: item.n });`,
  'v2.ts': `export const sequence = 2;
export const overwrites = ['once'];
export const adds = ['doubled'];
export const transformUp = (item) => item.doubled ? item : ({ ...item, once: item.n * 2, doubled: true });`,
};
const items: RawItem[] = Array.from({ length: 200 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));
const [undisturbed, throttled] = [uniqueName('Undisturbed'), uniqueName('Throttled')];
const totalSegments = 6;

/** Invocations that are still to be refused; those of transform-segment by segment, so that each has its own. */
const refusals = new Map<string, number>();
let refused = 0;
let service: Service;

beforeAll(async () => {
  const ofTables = [undisturbed, throttled].flatMap((table) =>
    Object.entries(files).map(([name, text]) => [`${table}/${name}`, text] as const),
  );
  service = await startService(Object.fromEntries(ofTables), {
    maxProcesses: 4,
    throttle: (name, event) => {
      const { segment } = event as { segment?: number };
      const invocation = segment === undefined ? name : `${name} ${segment}`;
      const left = refusals.get(invocation) ?? 0;
      if (left === 0) return false;
      refusals.set(invocation, left - 1);
      refused++;
      return true;
    },
  });
  for (const table of [undisturbed, throttled]) {
    await createTable(service.dynamodb, table);
    await putAll(service.dynamodb, table, items);
  }
});
afterAll(() => service?.close());

it('ends as an undisturbed run does when Lambda refuses the first invocations of every function', async () => {
  expect(await service.run({ table: undisturbed, totalSegments })).toMatchObject({ status: 'SUCCEEDED' });
  refusals.set('start-run', 2).set('settle-pass', 2);
  for (let segment = 0; segment < totalSegments; segment++) refusals.set(`transform-segment ${segment}`, 1);

  const execution = await service.run({ table: throttled, totalSegments });

  expect(execution.error).toBeUndefined();
  expect(refused).toBe(4 + totalSegments);
  const tables = await Promise.all([throttled, undisturbed].map((table) => readAll(service.dynamodb, table)));
  expect(tables[0]).toEqual(tables[1]);
  expect([...(tables[0]?.values() ?? [])].every(({ n, once }) => Number(once?.N) === 2 * Number(n?.N))).toBe(true);
  expect(await outcomeOf(throttled)).toEqual(await outcomeOf(undisturbed));
});

/** What the ledger says of a table, without names, times, and how many bytes a scanned page happened to have. */
async function outcomeOf(table: string) {
  const [versions, runs] = await Promise.all([service.ledger.versions(table), service.ledger.runs(table)]);
  return {
    versions: versions.map(({ sequence, status, counters }) => ({ sequence, status, counters: { ...counters, readUnits: 0 } })),
    runs: runs.map(({ status, steps, counters }) => ({
      status,
      steps: steps.map(({ file: _ofTable, given, ...step }) => ({ ...step, parameters: given?.parameters })),
      counters: { ...counters, readUnits: 0 },
    })),
  };
}
