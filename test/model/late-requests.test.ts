import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exploration } from './explore.ts';
import { goUpAndDown, type LateSchedule } from './up-and-down.ts';
import type { VersionSpec } from './version.ts';

/** P5: a write whose client gave up is delivered at any time while its signature is valid, also when the table goes down again. */

const versions: [string, Partial<VersionSpec>][] = [
  ['updates', { fills: [{ name: 'x', from: 'a' }] }],
  ['updates under a version attribute', { fills: [{ name: 'x', from: 'a' }], versionAttribute: true }],
  ['overwrites', { overwrites: 'o' }],
  ['moves', { rekeys: true }],
  ['inserts', { inserts: true }],
];
const { numRuns, seed, timeoutMs } = exploration(1 / 10);

function schedules(version: Partial<VersionSpec>): fc.Arbitrary<LateSchedule> {
  return fc.record({
    version: fc.constant(version),
    items: fc.integer({ min: 1, max: 4 }),
    segments: fc.integer({ min: 1, max: 2 }),
    order: fc.integer({ min: 0, max: 1_000_000 }),
    late: fc.array(fc.record({ write: fc.nat(3), steps: fc.nat(200) }), { minLength: 1, maxLength: 3 }),
  });
}

async function isRolledBack(schedule: LateSchedule, waits: boolean): Promise<boolean> {
  const { before, after, violation } = await goUpAndDown(schedule, waits);
  if (violation !== undefined) throw new Error(violation);
  return JSON.stringify(before) === JSON.stringify(after);
}

it.each(versions)(
  'a run down finds the table as it was before the run up, if it waits for late requests: %s',
  async (_, version) => {
    let late = 0;
    const property = fc.asyncProperty(schedules(version), async (schedule) => {
      const result = await goUpAndDown(schedule, true);
      late += result.late;
      if (result.violation !== undefined) throw new Error(`${result.violation}\n${result.trace.join('\n')}`);
      expect(result.after, result.trace.join('\n')).toEqual(result.before);
    });

    await fc.assert(property, { numRuns, seed });

    expect(late).toBeGreaterThan(numRuns / 10);
  },
  timeoutMs,
);

it.each(versions)(
  'the model finds it if a run down does not wait: %s',
  async (_, version) => {
    const property = fc.asyncProperty(schedules(version), (schedule) => isRolledBack(schedule, false));

    const { failed } = await fc.check(property, { numRuns: 500, seed: 1, endOnFailure: true });

    expect(failed).toBe(true);
  },
  timeoutMs,
);
