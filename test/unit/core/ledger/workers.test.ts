import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultMaxConcurrency, mapWork, maxWriteUnitsPerWorker, shareOf, workersFor } from '../../../../core/ledger/workers.ts';
import { controlOf } from '../../../support/control-record.ts';

const asked = { maxConcurrency: 40, isConcurrencyAsked: true };
const byDefault = { maxConcurrency: defaultMaxConcurrency };

describe('the workers of a Map whose number is asked for', () => {
  it('are as many as may run, but no more than there are segments', () => {
    expect(workersFor(asked, 400)).toBe(40);
    expect(workersFor(asked, 7)).toBe(7);
  });

  it.each([{ writeUnits: 50 }, { readUnits: 50 }, { writeUnits: 50, readUnits: 1000, itemUnits: 2 }])(
    'are fewer where a budget would leave each next to nothing: %o',
    (budget) => {
      expect(workersFor({ ...asked, ...budget }, 400)).toBe(10);
    },
  );

  it('are fewer where items are large, so that each can write two a second', () => {
    const workers = workersFor({ ...asked, writeUnits: 1000, itemUnits: 50 }, 400);
    expect(workers).toBe(10);
    expect(shareOf(1000, workers)).toBe(100);
  });

  it('are never none', () => {
    expect(workersFor({ ...asked, writeUnits: 0.25, readUnits: 1 }, 400)).toBe(1);
  });
});

describe('the workers of a Map by default', () => {
  it.each([
    [{ writeUnits: undefined, readUnits: undefined }, 40],
    [{ writeUnits: 20 }, 1],
    [{ writeUnits: 500 }, 1],
    [{ writeUnits: 550 }, 1],
    [{ writeUnits: 560 }, 2],
    [{ writeUnits: 1000 }, 2],
    [{ writeUnits: 10_000 }, 18],
    [{ writeUnits: 1000, others: { Emails: { writeUnits: 2000 }, Logs: {} } }, 4],
  ])('are the fewest that use the budget %o: %i', (budget, workers) => {
    expect(workersFor({ ...byDefault, ...budget }, 400)).toBe(workers);
  });

  it('are as many as have enough CPU to read, if a pass only reads', () => {
    expect(workersFor({ ...byDefault, writeUnits: 1000, readUnits: 3000 }, 400, 'reads')).toBe(4);
    expect(workersFor({ ...byDefault, readUnits: undefined }, 400, 'reads')).toBe(40);
  });

  it('have shares within the limit of a worker and the budget, and can use nine tenths of it', () => {
    const units = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 100_000 }));
    const segments = fc.integer({ min: 1, max: 10_000 });
    fc.assert(
      fc.property(units, segments, fc.option(fc.integer({ min: 1, max: 1000 })), (writeUnits, count, concurrency) => {
        const max = concurrency ?? defaultMaxConcurrency;
        const workers = workersFor({ maxConcurrency: max, isConcurrencyAsked: concurrency !== null, writeUnits }, count);
        const share = Math.min(maxWriteUnitsPerWorker, shareOf(writeUnits, workers));

        expect(workers).toBeGreaterThanOrEqual(1);
        expect(workers).toBeLessThanOrEqual(Math.min(max, count));
        expect(workers * share).toBeLessThanOrEqual(writeUnits * (1 + 1e-9));
        const possible = Math.min(writeUnits, Math.min(max, count) * maxWriteUnitsPerWorker);
        expect(workers * share).toBeGreaterThanOrEqual(0.9 * possible);
      }),
    );
  });
});

describe('the work of a Map', () => {
  it.each([
    ['the first pass of a version', {}, 'writes'],
    ['a pass that verifies', { pass: 4, convergence: { firstPass: 3 } }, 'reads'],
    ['the first pass after a redrive', { pass: 4, convergence: { firstPass: 4 } }, 'writes'],
    ['a dry run', { dryRun: true }, 'reads'],
    ['a later part of a journal that is taken back', { pass: 4, undoes: { run: 'r1', pass: 1 } }, 'writes'],
  ] as const)('of %s', (_, control, work) => {
    expect(mapWork(controlOf(control))).toBe(work);
  });
});
