import { expect, it } from 'vitest';
import { estimateLines } from '../../../cli/plan/estimate-text.ts';
import { planEstimate } from '../../../core/plan/estimate/plan-estimate.ts';

const profile = {
  throughputs: [{ of: 'warm', readUnits: 12_000, writeUnits: 4000 } as const],
  region: 'us-east-1',
  tableClass: 'STANDARD',
};

function costLine(items: number): string | undefined {
  const figures = { bytes: items * 1024, versions: [{ writeUnits: items, indexUnits: {} }], replicas: 0 };
  const options = { budget: undefined, prices: undefined, workerMemory: 0.5 };
  return estimateLines(planEstimate(figures, profile, [], [], options), false).at(-1);
}

it('tells the cost of a run by part: writes, reads, Lambda, transitions and the rest', () => {
  expect(costLine(100_000_000)).toMatch(
    /^costs about 65\.63 \(writes about 62\.50, reads about 3\.1\d\) on demand, or about [\d.]+ as provisioned capacity, and about 1\.\d\d \(Lambda about 1\.4\d, state transitions about 0\.1\d, ledger, logs and metrics about 0\.2\d\) for the run itself \(USD, us-east-1/,
  );
});

it('tells no parts of less than a cent', () => {
  expect(costLine(1000)).toMatch(
    /^costs less than 0\.01 on demand, or less than 0\.01 as provisioned capacity, and less than 0\.01 for the run itself \(USD/,
  );
});
