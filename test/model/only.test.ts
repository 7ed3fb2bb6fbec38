import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounters, noCounters } from '../../core/ledger/counters.ts';
import { scopeDefects } from './defects.ts';
import { exploration, explore } from './explore.ts';
import { schedules, versions } from './schedule.ts';
import type { VersionSpec } from './version.ts';

const { numRuns, seed, timeoutMs } = exploration(1 / 3);

function schedulesOf(version: Partial<VersionSpec>) {
  return schedules(versions.map((spec) => ({ ...spec, ...version })));
}

describe('a version about some items only', () => {
  it.each(['partitions', 'index', 'partitionOfIndex'] as const)(
    'changes these items as a serial execution, and no others, and finds all of them: %s',
    async (only) => {
      let counters = noCounters();
      const property = fc.asyncProperty(schedulesOf({ only }), async (schedule) => {
        counters = addCounters(counters, (await explore(schedule)).counters);
      });

      await fc.assert(property, { numRuns, seed });

      expect(counters.changed).toBeGreaterThan(numRuns / 10);
    },
    timeoutMs,
  );

  it.each(Object.entries(scopeDefects))(
    'would show %s',
    async (_, defect) => {
      const property = fc.asyncProperty(schedulesOf(defect.version ?? {}), async (schedule) => {
        await explore(schedule, defect);
      });

      const { failed, numRuns: needed } = await fc.check(property, { numRuns: 3_000, seed: 1, endOnFailure: true });

      expect(failed, `not found in ${needed} schedules`).toBe(true);
    },
    timeoutMs,
  );
});
