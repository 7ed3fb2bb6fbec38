import { expect, it } from 'vitest';
import { measurePoliteness, tableModel } from '../../../../../bench/politeness/politeness-case.ts';

/** Promise P7, on the model of `npm run bench -- politeness`: what the users of an application feel of a run on the same table. */
const alone = measurePoliteness({ name: 'alone', workers: 0, items: 0 });
const budget = tableModel.writeUnits / 4;

it.each([8, 40])(
  'leaves the p99 of an application within a tenth of what it was, beside %i workers at the default budget',
  async (workers) => {
    const { application, run } = await measurePoliteness({ name: 'at budget', workers, items: 25_000, writeUnits: budget });

    expect(application.p99).toBeLessThan(1.1 * (await alone).application.p99);
    expect(application.failed).toBe(0);
    expect(run?.worstWindow).toBeLessThanOrEqual(1.05);
    expect(run?.meanUse).toBeGreaterThanOrEqual(0.85);
  },
);

it('gives way where less is left than its budget, and hurts where it has none', async () => {
  const nearlyFull = { workers: 12, items: 12_000, tableWriteUnits: 2400 };
  const atBudget = await measurePoliteness({ name: 'at budget', ...nearlyFull, writeUnits: 600 });
  const unlimited = await measurePoliteness({ name: 'unlimited', ...nearlyFull });

  const { p99 } = (await alone).application;
  expect(atBudget.application.p99).toBeLessThan(1.1 * p99);
  expect(unlimited.application.p99).toBeGreaterThan(1.5 * p99);
});
