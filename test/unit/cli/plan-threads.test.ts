import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { withBundledTables } from '../../../cli/files/local-tables.ts';
import { PlanThreads } from '../../../cli/plan/plan-thread.ts';
import { listPrices } from '../../../core/ledger/limits/prices.ts';
import { removeWorkingCopies, workingCopy } from '../../cli/working-copy.ts';

const asked = {
  transformations: '',
  sequence: undefined,
  configuredNames: {},
  set: [],
  sample: 1,
  examples: 0,
  showValues: false,
  full: false,
  failures: false,
  down: false,
  exact: false,
  offline: true,
  markdown: false,
  acceptLastWriterWins: false,
  oneByOne: false,
  prices: listPrices,
};

/** Seconds without a beat after which a thread counts as blocked. */
const threads = new PlanThreads('none', 5);

async function planFile(text: string) {
  const folder = await workingCopy({
    'Users/v1.ts': `export const sequence = 1; export const transformUp = (item: object) => item;`,
    'Users/v2.ts': `export const sequence = 2; export const transformUp = (item: object) => item;\n${text}`,
    'Users/v3.ts': `export const sequence = 3; export const transformUp = 1;`,
  });
  return withBundledTables(folder, async ([table]) => {
    if (!table) throw new Error('There is no table.');
    const { plan } = await threads.plan({ table, isAll: false, asked });
    return plan;
  });
}

afterEach(() => threads.close());
afterAll(removeWorkingCopies);

describe('a file that blocks or ends its thread when it is loaded', () => {
  it.each([
    ['an endless loop', 'for (;;);', 'TransformHung', 'held its thread for 5 seconds while it was loaded'],
    ['a top level that waits for ever', 'await new Promise(() => {});', 'InvalidTransformation', 'is not loaded after 5 seconds'],
    [
      'an error that nobody catches',
      'setTimeout(() => { throw new RangeError("secret"); }); await new Promise(() => {});',
      'TransformKilled',
      'RangeError was thrown where nobody catches it',
    ],
    [
      'a rejected promise that nobody catches',
      'Promise.reject(new RangeError("secret"));',
      'TransformKilled',
      'RangeError was thrown where nobody',
    ],
  ])('is named, and the other files are looked at all the same: %s', { timeout: 60_000 }, async (_, text, name, message) => {
    const plan = await planFile(text);

    expect(plan).toMatchObject({ ok: false, versions: [{ sequence: 1 }, { sequence: 2 }, { sequence: 3 }] });
    expect(plan.problems).toEqual([
      { name, sequence: 2, message: expect.stringContaining(message) },
      { name: 'InvalidTransformation', sequence: 3, message: expect.stringContaining('transformUp') },
    ]);
    expect(plan.problems[0]?.message).toContain('Users/v2.ts');
  });
});
