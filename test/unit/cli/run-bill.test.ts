import { expect, it } from 'vitest';
import { billText, type RunBill } from '../../../cli/status/run-bill.ts';

const bill: RunBill = {
  ...{ onDemand: 65.6, writes: 62.5, reads: 3.1, provisioned: 18.9, lambda: 1.4, stepFunctions: 0.1, rest: 0.2 },
  ...{ estimated: ['lambda', 'stepFunctions', 'rest'], currency: 'USD', region: 'us-east-1', asOf: '2025-07-01' },
};

it('tells what a run has cost by part, and which parts are estimated', () => {
  expect(billText(bill)).toBe(
    'has cost about 65.60 (writes about 62.50, reads about 3.10) on demand, or about 18.90 as provisioned capacity, and by estimate about 1.70 (Lambda about 1.40, state transitions about 0.10, ledger, logs and metrics about 0.20) for the run itself (USD, us-east-1, prices of 2025-07-01)',
  );
});

it('tells what was written to other tables beside it', () => {
  expect(billText({ ...bill, otherWrites: 2.5 })).toContain(
    'as provisioned capacity, and about 2.50 for writes to other tables, and by estimate',
  );
});

it('says that prices are not known, and how to give them', () => {
  const unpriced = { ...bill, onDemand: null, writes: null, reads: null, provisioned: null, notKnown: 'the table is in eu-west-1' };
  expect(billText(unpriced)).toMatch(
    /^has cost by estimate about 1\.70 .* the cost of reads and writes is not known: the table is in eu-west-1\. Give the prices with --prices FILE$/,
  );
});
