import { describe, expect, it } from 'vitest';
import { listPrices, pricesFor } from '../../../../core/ledger/limits/prices.ts';
import { addToTimeline } from '../../../../core/ledger/timeline.ts';
import { billOf, type RunDone } from '../../../../core/plan/estimate/run-bill.ts';
import { countersWith } from '../../../support/run-records.ts';

const known = pricesFor(listPrices, { region: 'us-east-1', tableClass: 'STANDARD' });

/** A pass in which something was done in each of `seconds` seconds. */
function aPass(seconds: number, writeUnits: number): RunDone['passes'][number] {
  const done = { scanned: 1000 * seconds, changed: 0, throttled: 0, readUnits: 0, writeUnits };
  return { counters: countersWith({ writeUnits }), timeline: addToTimeline(undefined, 0, seconds * 1000 - 1, done, 1000) };
}

const done: RunDone = {
  counters: countersWith({ readUnits: 4_000_000, writeUnits: 2_000_000 }),
  dryRun: false,
  passes: [aPass(100, 2_000_000), aPass(40, 0)],
  segments: 16,
  budget: { maxConcurrency: 40, workers: 1, writeUnits: 4000, readUnits: 1500 },
  replicas: 0,
};

describe('the bill of a run', () => {
  it('has the units that were consumed, with those of indexes, and the same again for each replica', () => {
    expect(billOf(done, 0.5, known)).toMatchObject({ writes: 2 * 0.625, reads: 4 * 0.125, onDemand: 1.75 });
    expect(billOf({ ...done, replicas: 2 }, 0.5, known).writes).toBeCloseTo(3 * 2 * 0.625, 9);
  });

  it('has Lambda by the seconds in which passes did something, for the workers that the budget is worth', () => {
    // 4,000 units/s are worth 8 workers to write, 1,500 two to read.
    expect(billOf(done, 0.5, known).lambda).toBeCloseTo((100 * 8 + 40 * 2) * 0.5 * listPrices.lambdaGigabyteSecond, 9);
  });

  it('has three transitions for each segment of each pass, and five for each pass', () => {
    expect(billOf(done, 0.5, known).stepFunctions).toBeCloseTo(((2 * 16 * 3 + 2 * 5) / 1000) * listPrices.thousandTransitions, 9);
  });

  it('has no writes of a dry run, which counts what it would write', () => {
    const bill = billOf({ ...done, dryRun: true, counters: { ...done.counters, otherWriteUnits: 10 } }, 0.5, known);
    expect(bill).toMatchObject({ writes: 0, reads: 0.5 });
    expect(bill).not.toHaveProperty('otherWrites');
  });

  it('has what was written to other tables beside the sum', () => {
    expect(billOf({ ...done, counters: { ...done.counters, otherWriteUnits: 1_000_000 } }, 0.5, known)).toMatchObject({
      otherWrites: 0.625,
      onDemand: 1.75,
    });
  });

  it('leaves out what has no known price', () => {
    const elsewhere = pricesFor(undefined, { region: 'eu-west-1', tableClass: 'STANDARD' });
    expect(billOf(done, 0.5, elsewhere)).toMatchObject({ writes: null, reads: null, onDemand: null, lambda: null });
  });
});
