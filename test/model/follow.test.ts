import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exploration } from './explore.ts';
import type { FollowDefect, FollowSchedule } from './follow-schedule.ts';
import { runFollowSchedule } from './followed-table.ts';

/**
 * The follower of a stream beside runs that go down and up, old and new code of the application, deletes, items that fail, kills, throttling, requests that
 * are lost or late, records that come again, and shards that split.
 */

const { numRuns, seed, timeoutMs } = exploration(1 / 15);

const schedules: fc.Arbitrary<FollowSchedule> = fc.record({
  order: fc.integer({ min: 1, max: 1_000_000 }),
  items: fc.integer({ min: 1, max: 4 }),
  writes: fc.integer({ min: 4, max: 25 }),
  besideAgain: fc.integer({ min: 0, max: 40 }),
  down: fc.integer({ min: 0, max: 2 }),
  up: fc.boolean(),
  kills: fc.integer({ min: 0, max: 4 }),
  faults: fc.integer({ min: 0, max: 6 }),
  late: fc.integer({ min: 0, max: 3 }),
  splits: fc.integer({ min: 0, max: 3 }),
  childrenFirst: fc.boolean(),
  deletes: fc.integer({ min: 0, max: 4 }),
  bad: fc.integer({ min: 0, max: 3 }),
  optsOut: fc.boolean(),
  deploys: fc.integer({ min: 0, max: 2 }),
});

/** Its run leaves an item to the follower, which few schedules do. */
const leaving: FollowSchedule = {
  ...{ order: 7, items: 1, writes: 6, besideAgain: 37, down: 2, up: false, kills: 0, faults: 0, late: 0, splits: 3 },
  ...{ childrenFirst: true, deletes: 4, bad: 0, optsOut: true, deploys: 2 },
};

it(
  'loses no write, brings all items into the newest shape, and adds nothing again that a run took back',
  async () => {
    let broughtUp = 0;
    let late = 0;
    let failed = 0;
    let left = 0;
    const property = fc.asyncProperty(schedules, async (schedule) => {
      const result = await runFollowSchedule(schedule);
      broughtUp += result.broughtUp;
      late += result.late;
      failed += result.failed;
      left += result.left;
      if (result.violation !== undefined) throw new Error(`${result.violation}\n${result.trace.join('\n')}`);
    });

    await fc.assert(property, { numRuns, seed, examples: [[leaving]] });

    expect(broughtUp).toBeGreaterThan(numRuns / 2);
    expect(late).toBeGreaterThan(numRuns / 10);
    expect(failed).toBeGreaterThan(numRuns / 10);
    expect(left).toBeGreaterThan(0);
  },
  timeoutMs,
);

const defects: [string, FollowDefect][] = [
  ['writes without a lease', { withoutFence: true }],
  ['writes without a condition', { operation: (operation) => ({ ...operation, conditions: [] }) }],
  ['its own writes are not recognised', { writesOwnAgain: true }],
  ['a decision on an old image', { decidesOnOldImage: true }],
  ['a run that does not wait', { runDoesNotWait: true }],
  ['the order rule ignored', { withoutOrderRule: true }],
  ['a deleted item is made again', { recreates: true }],
  ['an old record takes a failure back', { forgetsUnconfirmed: true }],
  ['a run that leaves to the follower what that passes over', { leavesUnasked: true }],
];

it.each(defects)(
  'the model finds it: %s',
  async (_, defect) => {
    const property = fc.asyncProperty(schedules, async (schedule) => {
      const { violation } = await runFollowSchedule(schedule, defect);
      return violation === undefined;
    });

    const { failed } = await fc.check(property, { numRuns: 1500, seed: 1, endOnFailure: true });

    expect(failed).toBe(true);
  },
  timeoutMs,
);

it.each([true, false])(
  'a run leaves nothing to a follower that had other code for a while, unless that hides it (%s)',
  async (hidesBreaks) => {
    const deploying = { items: 4, besideAgain: 40, down: 1, up: false, optsOut: false, bad: 0, deletes: 0, deploys: 20 };
    const property = fc.asyncProperty(schedules, async (schedule) => {
      const { violation } = await runFollowSchedule({ ...schedule, ...deploying }, { hidesBreaks });
      return violation === undefined;
    });

    const { failed } = await fc.check(property, { numRuns: hidesBreaks ? 1500 : 150, seed: hidesBreaks ? 1 : seed, endOnFailure: true });

    expect(failed).toBe(hidesBreaks);
  },
  timeoutMs,
);

it.each([true, false])(
  'needs no order of shards: only a follower that takes each record for the newest is wrong if a child is read before its parent is settled (%s)',
  async (childrenFirst) => {
    const takesEachForTheNewest = { forgetsUnconfirmed: true, onceOnly: true };
    const beside = { splits: 3, bad: 3, down: 0, up: false, optsOut: false, deploys: 0 };
    const property = fc.asyncProperty(schedules, async (schedule) => {
      const { violation } = await runFollowSchedule({ ...schedule, ...beside, childrenFirst }, takesEachForTheNewest);
      return violation === undefined;
    });

    const { failed } = await fc.check(property, {
      numRuns: childrenFirst ? 1500 : 150,
      seed: childrenFirst ? 1 : seed,
      endOnFailure: true,
    });

    expect(failed).toBe(childrenFirst);
  },
  timeoutMs,
);
