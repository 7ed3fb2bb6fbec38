import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounters, noCounters } from '../../core/ledger/counters.ts';
import { type Defect, scopeDefects } from './defects.ts';
import { type Result, runSchedule } from './run-schedule.ts';
import { type Schedule, schedules, versions } from './schedule.ts';
import type { VersionSpec } from './version.ts';

const numRuns = Number(process.env['MODEL_SCHEDULES'] ?? '3000') / 3;
const seed = Number(process.env['MODEL_SEED'] ?? '1');
/** Milliseconds. */
const timeout = 60_000 + 20 * numRuns;

async function run(schedule: Schedule, defect?: Defect): Promise<Result> {
  const result = await runSchedule(schedule, defect);
  if (result.violation !== undefined) throw new Error(`${result.violation}\n\n${result.trace.join('\n')}\n`);
  return result;
}

function schedulesOf(version: Partial<VersionSpec>) {
  return schedules(versions.map((spec) => ({ ...spec, ...version })));
}

describe('a version about some items only', () => {
  it.each(['partitions', 'index', 'partitionOfIndex'] as const)(
    'changes these items as a serial execution, and no others, and finds all of them: %s',
    async (only) => {
      let counters = noCounters();
      const property = fc.asyncProperty(schedulesOf({ only }), async (schedule) => {
        counters = addCounters(counters, (await run(schedule)).counters);
      });

      await fc.assert(property, { numRuns, seed });

      expect(counters.changed).toBeGreaterThan(numRuns / 10);
    },
    timeout,
  );

  it.each(Object.entries(scopeDefects))('would show %s', async (_, defect) => {
    const property = fc.asyncProperty(schedulesOf(defect.version ?? {}), async (schedule) => {
      await run(schedule, defect);
    });

    const { failed, numRuns: needed } = await fc.check(property, { numRuns: 3_000, seed: 1, endOnFailure: true });

    expect(failed, `not found in ${needed} schedules`).toBe(true);
  });
});
