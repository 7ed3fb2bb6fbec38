import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** Items for which the team's function blocks or ends its worker. The sample must not see that, so the function does it only in a run that writes. */

const maxHeldSeconds = 3;
const culprit = 'i137';
/** All items of a table of this size are in the sample. */
const sampledWhole = 40;
const heap = '--max-old-space-size=160';

function fileThat(does: string) {
  return `export const sequence = 1;
export const adds = ['twice'];
export const transformUp = (item, { dryRun }) => {
  if (item.id === '${culprit}' && !dryRun) { ${does} }
  return { ...item, twice: item.n * 2 };
};`;
}

const loop = fileThat('for (;;);');

let service: Service;
let withSmallHeap: Service;

beforeAll(async () => {
  const environment = { DYNAMODT_MAX_HELD_SECONDS: String(maxHeldSeconds) };
  service = await startService({}, { environment });
  // No function is held there: how long it takes to fill the memory depends on the machine.
  const patient = { DYNAMODT_MAX_HELD_SECONDS: '60', NODE_OPTIONS: `--enable-source-maps ${heap}` };
  withSmallHeap = await startService({}, { environment: patient });
});
afterAll(async () => {
  await service?.close();
  await withSmallHeap?.close();
});

async function ran(of: Service, file: string, input: object = {}, items = 300) {
  const table = uniqueName('Hung');
  await of.deploy({ [`${table}/v1.ts`]: file });
  await createTable(of.dynamodb, table);
  const raw: RawItem[] = Array.from({ length: items }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));
  await putAll(of.dynamodb, table, raw);
  const execution = await of.run({ table, totalSegments: 2, ...input });
  const [run] = await of.ledger.runs(table);
  const checkpoints = [...(await of.ledger.checkpoints(run?.id ?? '', 1)).values()];
  return {
    execution,
    run,
    attempts: Math.max(...checkpoints.map(({ attempt }) => attempt)),
    failures: await of.ledger.failures(run?.id ?? '', 1),
    all: await readAll(of.dynamodb, table),
    allButCulprit: new Map(
      raw.map((item) => [
        JSON.stringify(item['id']),
        item['id']?.S === culprit ? item : { ...item, twice: { N: String(Number(item['n']?.N) * 2) } },
      ]),
    ),
  };
}

describe('an item for which the function', () => {
  it('never returns fails the run, by its key, at the second attempt', async () => {
    const { execution, failures, attempts } = await ran(service, loop, { maxFailures: 0 });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
    expect(execution.errorMessage).toMatch(/^1 item of .* failed \(1 × TransformHung at .*v1\.ts\); stopped early/);
    expect(execution.cause).not.toContain(culprit);
    expect(failures).toMatchObject([{ name: 'TransformHung', key: { id: culprit }, place: expect.stringMatching(/^Hung.*\/v1\.ts$/) }]);
    expect(attempts).toBe(2);
  });

  it.each([
    ['never returns', loop, 'TransformHung'],
    ['never returns after it waited', fileThat('return Promise.resolve().then(() => { for (;;); });'), 'TransformHung'],
    ['calls process.exit', fileThat('process.exit(1);'), 'TransformKilled'],
    ['leaves a rejection behind', fileThat(`void Promise.reject(new Error('nobody waits'));`), 'TransformKilled'],
    ['kills its process', fileThat(`process.kill(process.pid, 'SIGKILL');`), 'TransformKilled'],
    ['throws in a timer', fileThat(`return new Promise(() => setTimeout(() => { throw new TypeError(); }, 10));`), 'TransformKilled'],
  ])('%s is left out, and all others are transformed', async (_, file, name) => {
    const { execution, run, failures, all, allButCulprit } = await ran(service, file, { maxFailures: 1 });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
    expect(failures).toMatchObject([{ name, key: { id: culprit } }]);
    expect(all).toEqual(allButCulprit);
    const { scanned, changed = 0, kept = 0, failed } = run?.counters ?? {};
    // A worker that ends between a write and its next save leaves items which the next worker finds as they should be.
    expect({ scanned, done: changed + kept, failed }).toEqual({ scanned: 300, done: 299, failed: 1 });
  });

  it('fills the memory is left out, and all others are transformed', async () => {
    const file = fileThat('let all = [0]; for (;;) all = all.concat(all);');

    const { execution, failures, all, allButCulprit } = await ran(withSmallHeap, file, { maxFailures: 1 });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
    expect(failures).toMatchObject([{ name: 'TransformKilled', key: { id: culprit }, message: expect.stringContaining('out of memory') }]);
    expect(all).toEqual(allButCulprit);
  });
});

describe('a start', () => {
  const forAll = (does: string, where = '') => `${where}
export const sequence = 1;
export const adds = ['twice'];
export const transformUp = (item) => { if (${does}) for (;;); return { ...item, twice: item.n * 2 }; };`;

  it('is refused if an item of the sample never returns, and says the file and not the key', async () => {
    const { execution, run, all } = await ran(service, forAll(`item.id === 'i7'`), { maxFailures: 0 }, sampledWhole);

    expect(execution).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
    expect(execution.errorMessage).toMatch(
      /^1 of \d+ sampled items of .* failed \(1 × TransformHung at Hung.*\/v1\.ts\)\. Nothing was written\./,
    );
    // Not as a part of a path of the machine.
    expect(execution.cause).not.toMatch(/\bi7\b/);
    expect(run).toBeUndefined();
    expect([...all.values()].some((item) => item['twice'])).toBe(false);
  });

  it('is refused within its time if no item returns', async () => {
    const { execution } = await ran(service, forAll('true'));

    expect(execution).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
    expect(execution.errorMessage).toMatch(/^5 sampled items of .* failed \(the last: TransformHung at .*\/v1\.ts\)/);
  });

  it('is refused if a file blocks its process while it is loaded, and says which', async () => {
    const blocking = `if (process.env['AWS_LAMBDA_FUNCTION_NAME'].endsWith('start-run')) for (;;);`;

    const { execution } = await ran(service, forAll('false', blocking));

    expect(execution).toMatchObject({ status: 'FAILED', error: 'InvalidTransformation' });
    expect(execution.errorMessage).toMatch(/^Hung.*\/v1\.ts does not let its process go on while it is loaded\./);
  });
});
