import { expect, it } from 'vitest';
import { controlTimes } from '../../../../core/ledger/control.ts';

const least = { controlIntervalMs: 3000, leaseMs: 10_000 };

it('keeps to what is configured while workers are few', () => {
  expect(controlTimes(40, least)).toEqual(least);
});

it.each([1, 100, 3001, 10_000])(
  'never lets %i workers read their control more than 1,000 times a second, and lets a lease outlast two missed reads',
  (workers) => {
    const { controlIntervalMs, leaseMs } = controlTimes(workers, least);
    expect(workers / (controlIntervalMs / 1000)).toBeLessThanOrEqual(1000);
    expect(leaseMs).toBeGreaterThanOrEqual(3 * controlIntervalMs);
    expect(leaseMs).toBeGreaterThanOrEqual(least.leaseMs);
  },
);
