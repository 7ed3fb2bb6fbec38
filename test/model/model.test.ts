import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounters, noCounters } from '../../core/counters.ts';
import { type Defect, defects } from './defects.ts';
import type { Limit } from './findings.ts';
import { type Result, runSchedule } from './run-schedule.ts';
import { type Action, type Schedule, schedules, versions } from './schedule.ts';
import { type NamedWrite, plainVersion, scheduleAround } from './schedule-around.ts';
import type { VersionSpec } from './version.ts';

/** `MODEL_SCHEDULES=100000 MODEL_SEED=7` looks further; `MODEL_PATH` with the seed of a failure repeats it. */
const { MODEL_SCHEDULES = '3000', MODEL_SEED = '1', MODEL_PATH } = process.env;
const numRuns = Number(MODEL_SCHEDULES);
const seed = Number(MODEL_SEED);
/** Milliseconds. */
const timeout = 60_000 + 20 * numRuns;

const run = async (schedule: Schedule, defect?: Defect): Promise<Result> => {
  const result = await runSchedule(schedule, defect);
  if (result.violation !== undefined) throw new Error(`${result.violation}\n\n${result.trace.join('\n')}\n`);
  return result;
};

const schedulesOf = (version: Partial<VersionSpec>) => schedules(versions.map((spec) => ({ ...spec, ...version })));

describe('the write path', () => {
  it(
    'is a serial execution, whatever the live application does and wherever it is interrupted',
    async () => {
      let counters = noCounters();
      const events = new Map<string, number>();
      const property = fc.asyncProperty(schedules(), async (schedule) => {
        const result = await run(schedule);
        counters = addCounters(counters, result.counters);
        for (const event of result.trace) {
          const [, name] = /(\w+ (?:arrives|is started)|"what":"\w+"|the application \w+|seeded)/.exec(event) ?? [];
          if (name) events.set(name, (events.get(name) ?? 0) + 1);
        }
      });
      const path = MODEL_PATH === undefined ? {} : { path: MODEL_PATH };

      await fc.assert(property, { numRuns, seed, ...path });

      if (MODEL_PATH !== undefined) return;
      expect(Object.entries(counters).filter(([, count]) => count === 0)).toEqual([]);
      for (const event of situations) expect(events.get(event) ?? 0, event).toBeGreaterThan(0);
    },
    timeout,
  );
});

/** What a model that proves something must have met. */
const situations = [
  ...['Scan', 'GetItem', 'BatchExecuteStatement', 'UpdateItem', 'DeleteItem', 'TransactWriteItems'].map((request) => `${request} arrives`),
  ...['kill', 'zombie', 'stale', 'freeze', 'pause', 'takeover', 'fault'].map((what) => `"what":"${what}"`),
  ...['puts', 'sets', 'removes', 'counts', 'deletes'].map((verb) => `the application ${verb}`),
  'seeded',
];

const deletes: Partial<VersionSpec> = { deletes: 'unlessKept' };
const replaces: Partial<VersionSpec> = { rekeys: true };
const updates: Partial<VersionSpec> = { fills: [{ name: 'x', from: 'a' }], prefersNick: true };

/** What happens just before, and just after, our write meets the item. */
const limits: [string, Limit, Partial<VersionSpec>, NamedWrite, (NamedWrite | Action)[]][] = [
  [
    'a delete, and the worker dies before it puts the item back',
    'workerDied',
    deletes,
    { kind: 'set', name: 'keep' },
    [{ what: 'kill', worker: 0, inFlight: 'arrives' }],
  ],
  [
    'a delete, and the application deletes the item before it is put back',
    'applicationActed',
    deletes,
    { kind: 'set', name: 'keep' },
    [{ kind: 'delete', name: 'a' }],
  ],
  [
    'a delete, and the application writes the item before it is put back',
    'applicationActed',
    deletes,
    { kind: 'set', name: 'keep' },
    [{ kind: 'set', name: 'a' }],
  ],
  [
    'a delete, and its answer is lost',
    'answerLost',
    deletes,
    { kind: 'set', name: 'keep' },
    [{ what: 'fault', fault: 'loseAnswer', request: 0 }],
  ],
  [
    'a delete, and the worker is frozen until its lease is over and the run is taken over',
    'leaseOver',
    deletes,
    { kind: 'set', name: 'keep' },
    [{ what: 'takeover' }, { what: 'freeze', milliseconds: 11_000 }],
  ],
  ['a delete in a transaction, which never returns what it took', 'replaced', replaces, { kind: 'set', name: 'undeclared' }, []],
  ['an update whose function looks for the attribute', 'notLookedFor', updates, { kind: 'setKeepingBothShapes', name: 'nick' }, []],
];

describe('the limit of promise 1, an undeclared attribute that is first added in the very instant of our write', () => {
  const attributes = ['a', 'd'];

  it.each(limits)('is met by %s', async (_, limit, version, before, after) => {
    const { limits: met } = await run(scheduleAround(version, attributes, [before], after));

    expect([...met.keys()]).toEqual([limit]);
  });

  it.each(limits)('is closed by a version attribute: %s', async (_, _limit, version, before, after) => {
    const { limits: met } = await run(scheduleAround({ ...version, versionAttribute: true }, attributes, [before], after));

    expect([...met.keys()]).toEqual([]);
  });

  it('is closed for updates by declaring what the function reads', async () => {
    const version = { ...updates, reads: true };

    const { limits: met } = await run(scheduleAround(version, attributes, [{ kind: 'setKeepingBothShapes', name: 'nick' }], []));

    expect([...met.keys()]).toEqual([]);
  });

  it('is not met where the worker puts the item back', async () => {
    const { limits: met, trace } = await run(scheduleAround(deletes, attributes, [{ kind: 'set', name: 'keep' }], []));

    expect([...met.keys()]).toEqual([]);
    expect(trace.join()).toContain('nothing becomes [["a",{"S":"p"}],["d",{"S":"p"}],["id",{"S":"0"}],["keep",{"S":"q"}]]');
  });

  it.each([
    ['a version attribute, for deletes', { ...deletes, direction: 'up', versionAttribute: true }],
    ['a version attribute, for replacements', { ...replaces, versionAttribute: true }],
    ['a version attribute, for updates', { ...plainVersion, ...updates, versionAttribute: true }],
    ['what the function reads, for updates', { ...plainVersion, ...updates, reads: true }],
  ] as const)(
    'is closed in all schedules by %s',
    async (_, version) => {
      const property = fc.asyncProperty(schedulesOf(version), async (schedule) => {
        expect((await run(schedule)).limits.size).toBe(0);
      });

      await fc.assert(property, { numRuns: Math.ceil(numRuns / 3), seed });
    },
    timeout,
  );
});

describe('the model', () => {
  const mostSchedules = 3_000;

  it.each(Object.entries(defects))('finds %s', async (_, defect) => {
    const property = fc.asyncProperty(schedulesOf(defect.version ?? {}), async (schedule) => {
      await run(schedule, defect);
    });

    const { failed, numRuns: needed, numShrinks } = await fc.check(property, { numRuns: mostSchedules, seed: 1, endOnFailure: true });

    expect(failed, `not found in ${needed} schedules`).toBe(true);
    expect(numShrinks).toBe(0);
  });
});
