import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listPrices } from '../../../../core/ledger/limits/prices.ts';
import { costOf, durationWithin, estimateRun } from '../../../../core/plan/estimate/estimate-run.ts';
import { extentOf, largestShare } from '../../../../core/plan/estimate/extrapolate.ts';
import { planEstimate } from '../../../../core/plan/estimate/plan-estimate.ts';
import { about, items, percent } from '../../../../core/plan/number-text.ts';
import { deployedFunctions } from '../../../../infra/deployed-functions.ts';

const GB = 1024 ** 3;

describe('a run over 10 GB with a version that changes and one that does not', () => {
  const figures = {
    bytes: 10 * GB,
    versions: [
      { writeUnits: 4_000_000, indexUnits: { GSI1: 1_000_000 } },
      { writeUnits: 0, indexUnits: {} },
    ],
    replicas: 1,
  };
  const estimate = estimateRun(figures);

  it('takes two passes for the one and one for the other, at half a unit for 4 KB', () => {
    expect(estimate).toMatchObject({
      passes: 3,
      readUnits: (3 * 10 * GB) / 8192,
      writeUnits: 4_000_000,
      indexUnits: { GSI1: 1_000_000 },
      replicatedUnits: 4_000_000,
      segments: 80,
      workers: 40,
    });
  });

  it('lasts as long as its slower side: writes in the first pass, reads in the others', () => {
    const duration = durationWithin({ writeUnits: 1000, readUnits: 2000 }, figures, estimate);
    const reading = (10 * GB) / 8192 / 2000;
    // The budget counts the index, too: two workers use it. Three use the budget for reads.
    expect(duration?.seconds).toBeCloseTo(5000 + 2 * reading, 5);
    expect(duration?.lambdaSeconds).toBeCloseTo(2 * (5000 + reading) + 3 * reading, 5);
  });

  it('writes no faster than its workers may', () => {
    const unlimited = durationWithin({ writeUnits: 1_000_000, readUnits: 1_000_000 }, figures, estimate);
    const reading = (10 * GB) / 8192 / 1_000_000;
    expect(unlimited?.seconds).toBeCloseTo(5_000_000 / (40 * 500) + 2 * reading, 5);
  });

  it('is not guessed without a budget', () => {
    expect(durationWithin({ writeUnits: undefined, readUnits: undefined }, figures, estimate)).toBeUndefined();
  });

  it('costs what the list says', () => {
    const reads = (3 * 10 * GB) / 8192;
    const cost = costOf(estimate, { seconds: 100, lambdaSeconds: 4000 }, 2, {
      dynamodb: listPrices,
      service: listPrices,
    });
    // 4 million of the table, as many of its replica, and one of its index.
    expect(cost.onDemand).toBeCloseTo(9 * 0.625 + (reads / 1_000_000) * 0.125, 8);
    expect(cost.provisioned).toBeCloseTo((9_000_000 * 0.00065 + reads * 0.00013) / 3600, 8);
    expect(cost.lambda).toBeCloseTo(4000 * 2 * 0.0000133334, 8);
    expect(cost.stepFunctions).toBeCloseTo((3 * (80 * 3 + 5) * 0.025) / 1000, 8);
  });
});

describe('a run over a table that one page holds', () => {
  const changing = { writeUnits: 1000, indexUnits: {} };
  const unchanged = { writeUnits: 0, indexUnits: {} };
  const small = { bytes: 100 * 8192, isSmall: true, versions: [changing, unchanged], replicas: 0 };

  it('has one segment, and a pass for each version: its worker looks again, strongly consistent, if it changed anything', () => {
    expect(estimateRun(small)).toMatchObject({ passes: 2, segments: 1, workers: 1, children: 2, transitions: 16, readUnits: 300 + 100 });
  });

  it('lasts as long as its writes, and the second look', () => {
    const duration = durationWithin({ writeUnits: 500, readUnits: 100 }, small, estimateRun(small));

    expect(duration).toMatchObject({ seconds: 2 + 2 + 1, lambdaSeconds: 2 + 2 + 1 });
  });

  it('has the segments of any other table if it is larger than that, or if all of its versions are about some items', () => {
    const ofScope = { readUnits: 5, segments: 4 };

    expect(estimateRun({ ...small, isSmall: false })).toMatchObject({ passes: 3, segments: 8, children: 24, readUnits: 300 });
    expect(estimateRun({ ...small, versions: [{ ...changing, ofScope }] })).toMatchObject({ passes: 2, segments: 4, readUnits: 10 });
    expect(estimateRun({ ...small, versions: [{ ...changing, ofScope }, changing] })).toMatchObject({
      passes: 3,
      segments: 1,
      children: 3,
    });
  });
});

describe('the cost of a billion items of 1 KB', () => {
  const figures = { bytes: 1024e9, versions: [{ writeUnits: 1e9, indexUnits: {} }], replicas: 0 };
  const memory = deployedFunctions['transform-segment']?.memory ?? Number.NaN;
  const costAt = (writeUnits: number) => {
    const budget = { writeUnits, readUnits: 3 * writeUnits };
    const estimate = estimateRun(figures, budget);
    const cost = costOf(estimate, durationWithin(budget, figures, estimate), memory / 1024, { dynamodb: listPrices, service: listPrices });
    return {
      writes: cost.writes ?? Number.NaN,
      scan: (cost.reads ?? Number.NaN) / 2,
      own: (cost.lambda ?? 0) + (cost.stepFunctions ?? 0) + (cost.rest ?? 0),
    };
  };

  it('is 625 for the writes and 16 for a scan, and no more than 5 % of that for the run itself, with any budget', () => {
    fc.assert(
      fc.property(fc.integer({ min: 500, max: 40_000 }), (writeUnits) => {
        const { writes, scan, own } = costAt(writeUnits);
        expect(writes).toBeCloseTo(625, 5);
        expect(scan).toBeCloseTo(15.625, 1);
        expect(own).toBeLessThanOrEqual(0.05 * (writes + scan));
      }),
      { examples: [[500], [550], [556], [1000], [40_000]] },
    );
  });

  it('is no more than 3 % for the run itself with the budget of a fresh table', () => {
    const { writes, scan, own } = costAt(1000);
    expect(own).toBeLessThanOrEqual(0.03 * (writes + scan));
  });
});

describe('a run that also writes to other tables', () => {
  const figures = { bytes: 0, versions: [{ writeUnits: 0, indexUnits: {}, otherUnits: { Emails: 6000, Logs: 100 } }], replicas: 0 };
  const profile = {
    throughputs: [{ of: 'warm', readUnits: 12_000, writeUnits: 4000 } as const],
    region: 'us-east-1',
    tableClass: 'STANDARD',
  };
  const others = { Emails: profile, Logs: { ...profile, region: 'eu-west-1' } };
  const options = { budget: { writeUnits: 100 }, prices: undefined, workerMemory: 1 };

  it('takes as long as the slowest of them, and a pass more to verify', () => {
    const estimate = planEstimate(figures, { ...profile, others }, [], [], options);

    expect(estimate).toMatchObject({ passes: 2, writeUnits: 0 });
    // By default a quarter of what the table takes.
    expect(estimate.byDefault?.seconds).toBeCloseTo(6000 / 1000, 0);
    expect(estimate.asked?.seconds).toBeCloseTo(60, 0);
  });

  it('says for each its units, its time within its own budget, and its cost by the prices of its region', () => {
    const { others: found, cost } = planEstimate(figures, { ...profile, others }, [], [], options);

    expect(found).toEqual({
      Emails: {
        writeUnits: 6000,
        budget: 100,
        seconds: 60,
        cost: { onDemand: expect.closeTo(0.00375), provisioned: expect.closeTo(0.00108) },
      },
      Logs: { writeUnits: 100, budget: 100, seconds: 1, cost: { onDemand: null, provisioned: null } },
    });
    expect(cost.onDemand).toBe(0);
  });

  it('has no such figures if the versions write only to their own table', () => {
    const own = { ...figures, versions: [{ writeUnits: 5, indexUnits: {} }] };
    expect(planEstimate(own, profile, [], [], options)).not.toHaveProperty('others');
  });
});

describe('a sample of a table', () => {
  it('stands for all of it by count', () => {
    const sample = { items: 500, bytes: 50_000, isWholeTable: false };
    expect(extentOf({ items: 1_000_000, bytes: GB }, sample)).toEqual({ items: 1_000_000, bytes: GB, weight: 2000 });
  });

  it('is exact where it is the whole table, whatever DynamoDB counted hours ago', () => {
    expect(extentOf({ items: 0, bytes: 0 }, { items: 20, bytes: 900, isWholeTable: true })).toEqual({ items: 20, bytes: 900, weight: 1 });
  });

  it('stands for nothing more where DynamoDB has not counted yet', () => {
    expect(extentOf({ items: 0, bytes: 0 }, { items: 500, bytes: 900, isWholeTable: false })).toEqual({
      items: undefined,
      bytes: undefined,
      weight: 1,
    });
  });

  it('leaves room for what it did not meet', () => {
    // The rule of three gives 0.6 % for 500; Wilson's bound, which holds for other counts too, a little more.
    expect(largestShare(0, 500)).toBeCloseTo(0.0076, 4);
    expect(largestShare(250, 500)).toBeCloseTo(0.5437, 4);
    expect(largestShare(500, 500)).toBeCloseTo(1, 8);
    expect(largestShare(0, 0)).toBe(1);
  });
});

it('says numbers as people read them', () => {
  expect([0, 0.4, 3, 12.4, 1234567.8].map(about)).toEqual(['0', '0.4', '3', '12', '1,234,568']);
  expect([0, 0.0004, 0.004, 0.1234, 1].map(percent)).toEqual(['0 %', '< 0.1 %', '0.4 %', '12 %', '100 %']);
  expect([1, 2].map(items)).toEqual(['1 item', '2 items']);
});
