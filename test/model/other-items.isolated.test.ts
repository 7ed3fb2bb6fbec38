import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { addCounters, noCounters } from '../../core/ledger/counters.ts';
import type { Direction } from '../../core/transformation/contract.ts';
import { otherItemDefects } from './defects.ts';
import { exploration, explore } from './explore.ts';
import { schedules, versionsWithOthers } from './schedule.ts';
import type { OthersSpec } from './version.ts';

/** A transaction holds up to two other items, so that five children need three transactions. */
vi.mock('../../core/change/write-limits.ts', async (importOriginal) => {
  const maxOthers = 2;
  return {
    ...(await importOriginal<object>()),
    maxOthers,
    isLarge: ({ inserts, others = [] }: { inserts: readonly unknown[]; others?: readonly unknown[] }) =>
      inserts.length + others.length > maxOthers,
  };
});

const { numRuns, seed, timeoutMs } = exploration(1 / 10);

function schedulesOf(others: Partial<OthersSpec>, direction?: Direction) {
  return schedules(versionsWithOthers(others, direction));
}

describe('a version that inserts other items without a mark', () => {
  it.each([
    ['fails if something else is there', { onExisting: 'fail' }],
    ['keeps what is there', { onExisting: 'keep' }],
    ['merges what is there', { onExisting: 'merge' }],
    ['writes a second table', { second: true }],
    ['moves items to a second table', { second: true, moves: true }],
    ['needs several transactions for an item', { children: 5 }],
  ] satisfies [string, Partial<OthersSpec>][])(
    'loses no write of the application in either table, and in the end every item has what it asks for: one that %s',
    async (_, others) => {
      let counters = noCounters();
      const property = fc.asyncProperty(schedulesOf(others), async (schedule) => {
        counters = addCounters(counters, (await explore(schedule)).counters);
      });

      await fc.assert(property, { numRuns, seed });

      expect(counters.inserted).toBeGreaterThan(numRuns / 10);
      expect(counters.otherWriteUnits).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  it.each([
    ['in its own table', { second: false }],
    ['in a second table', { second: true }],
    ['in several transactions for an item', { children: 5 }],
  ] satisfies [string, Partial<OthersSpec>][])(
    'takes back what is as it was inserted, and nothing that the application wrote since: %s',
    async (_, others) => {
      let counters = noCounters();
      const property = fc.asyncProperty(schedulesOf(others, 'down'), async (schedule) => {
        counters = addCounters(counters, (await explore(schedule)).counters);
      });

      await fc.assert(property, { numRuns, seed });

      expect(counters.deleted).toBeGreaterThan(numRuns / 10);
      expect(counters.differing).toBeGreaterThan(0);
    },
    timeoutMs,
  );

  it.each(Object.entries(otherItemDefects))(
    'would show %s',
    async (_, { others, direction, ...defect }) => {
      const property = fc.asyncProperty(schedulesOf(others, direction), async (schedule) => {
        await explore(schedule, defect);
      });

      const { failed, numRuns: needed } = await fc.check(property, { numRuns: 3_000, seed: 1, endOnFailure: true });

      expect(failed, `not found in ${needed} schedules`).toBe(true);
    },
    timeoutMs,
  );
});
