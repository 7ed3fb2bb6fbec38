import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addCounters, noCounters } from '../../core/ledger/counters.ts';
import { lookupDefects } from './defects.ts';
import { exploration, explore } from './explore.ts';
import { schedules, versions } from './schedule.ts';

const { numRuns, seed, timeoutMs } = exploration(1 / 10);

const lookingUp = schedules(
  versions.map(
    (spec) => ({ ...spec, direction: 'up', looks: true, overwrites: 'o', inserts: false, rekeys: false, seeds: false }) as const,
  ),
);

it(
  'a version that looks up what changes meanwhile decides each item with one answer, and is a serial execution',
  async () => {
    let counters = noCounters();
    let looked = 0;
    const property = fc.asyncProperty(lookingUp, async (schedule) => {
      const { counters: counted, trace } = await explore(schedule);
      counters = addCounters(counters, counted);
      looked += trace.filter((line) => line.includes('look-up is answered: 2')).length;
    });

    await fc.assert(property, { numRuns, seed });

    expect(counters.changed).toBeGreaterThan(numRuns / 10);
    expect(looked).toBeGreaterThan(0);
  },
  timeoutMs,
);

it.each(Object.entries(lookupDefects))(
  'the model would show %s',
  async (_, defect) => {
    const property = fc.asyncProperty(lookingUp, async (schedule) => {
      await explore(schedule, defect);
    });

    const { failed, numRuns: needed, errorInstance } = await fc.check(property, { numRuns: 1_000, seed: 1, endOnFailure: true });

    expect(failed, `not found in ${needed} schedules`).toBe(true);
    expect(String(errorInstance).split('\n')[0]).toContain('an item failed with TransformThrew');
  },
  timeoutMs,
);
