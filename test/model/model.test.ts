import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCounters, noCounters } from '../../core/ledger/counters.ts';
import { defects } from './defects.ts';
import { exploration, explore } from './explore.ts';
import type { Limit } from './findings.ts';
import { schedules, versions } from './schedule.ts';
import { type Happening, plainVersion, scheduleAround } from './schedule-around.ts';
import type { VersionSpec } from './version.ts';

const { MODEL_PATH } = process.env;
const { numRuns, seed, timeoutMs } = exploration();

function schedulesOf(version: Partial<VersionSpec>) {
  return schedules(versions.map((spec) => ({ ...spec, ...version })));
}

describe('the write path', () => {
  it(
    'is a serial execution, whatever the live application does and wherever it is interrupted',
    async () => {
      let counters = noCounters();
      const events = new Map<string, number>();
      const property = fc.asyncProperty(schedules(), async (schedule) => {
        const result = await explore(schedule);
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
    timeoutMs,
  );
});

/** Events that must have occurred for the model to prove something. */
const situations = [
  ...['Scan', 'GetItem', 'BatchExecuteStatement', 'UpdateItem', 'DeleteItem', 'TransactWriteItems'].map((request) => `${request} arrives`),
  ...['kill', 'zombie', 'stale', 'freeze', 'pause', 'takeover', 'redrive', 'fault'].map((what) => `"what":"${what}"`),
  ...['puts', 'sets', 'removes', 'counts', 'deletes'].map((verb) => `the application ${verb}`),
  'seeded',
];

const deletes: Partial<VersionSpec> = { deletes: 'unlessKept' };
const replaces: Partial<VersionSpec> = { rekeys: true };
const updates: Partial<VersionSpec> = { fills: [{ name: 'x', from: 'a' }], prefersNick: true };

const takesBack: Partial<VersionSpec> = { direction: 'down', others: { children: 1, onExisting: 'fail', second: false, moves: false } };

const keep: Happening = { before: { kind: 'set', name: 'keep' } };
const nick: Happening = { before: { kind: 'setKeepingBothShapes', name: 'nick' } };

/** Interferences just before and just after our write is applied to the item. */
const limits: [string, Limit, Partial<VersionSpec>, Happening[]][] = [
  [
    'a delete, and the worker dies before it puts the item back',
    'workerDied',
    deletes,
    [keep, { after: { what: 'kill', worker: 0, inFlight: 'arrives' } }],
  ],
  [
    'a delete, and the application deletes the item before it is put back',
    'applicationActed',
    deletes,
    [keep, { after: { kind: 'delete', name: 'a' } }],
  ],
  [
    'a delete, and the application writes the item before it is put back',
    'applicationActed',
    deletes,
    [keep, { after: { kind: 'set', name: 'a' } }],
  ],
  ['a delete, and its answer is lost', 'answerLost', deletes, [keep, { after: { what: 'fault', fault: 'loseAnswer', request: 0 } }]],
  [
    'a delete, and the worker is frozen until its lease is over and the run is taken over',
    'leaseOver',
    deletes,
    [keep, { after: { what: 'takeover' } }, { after: { what: 'freeze', milliseconds: 11_000 } }],
  ],
  ['a delete in a transaction, which never returns what it took', 'replaced', replaces, [{ before: { kind: 'set', name: 'undeclared' } }]],
  [
    'a delete of an inserted item on the way back',
    'replaced',
    takesBack,
    [{ before: { kind: 'set', name: 'undeclared', place: 'child' } }],
  ],
  ['an update whose function looks for the attribute', 'notLookedFor', updates, [nick]],
];

const whole = '["a",{"S":"p"}],["d",{"S":"p"}],["id",{"S":"0"}],["keep",{"S":"q"}]';

describe('the limit of promise 1, an undeclared attribute that is first added in the very instant of our write', () => {
  const items = [['a', 'd']];

  it.each(limits)('is met by %s', async (_, limit, version, happenings) => {
    const { limits: met } = await explore(scheduleAround(version, items, happenings));

    expect([...met.keys()]).toEqual([limit]);
  });

  it.each(limits)('is closed by a version attribute: %s', async (_, _limit, version, happenings) => {
    const { limits: met } = await explore(scheduleAround({ ...version, versionAttribute: true }, items, happenings));

    expect([...met.keys()]).toEqual([]);
  });

  it('is closed for updates by declaring what the function reads', async () => {
    const { limits: met } = await explore(scheduleAround({ ...updates, reads: true }, items, [nick]));

    expect([...met.keys()]).toEqual([]);
  });

  it.each([
    ['goes on', []],
    ['is paused in that instant', [{ after: { what: 'pause' } }, { after: { what: 'freeze', milliseconds: 3_000 } }]],
    [
      'is paused and its worker frozen until the lease is over',
      [{ after: { what: 'pause' } }, { after: { what: 'freeze', milliseconds: 11_000 } }],
    ],
  ] as [string, Happening[]][])('is not met where the run %s, as the worker puts back what a delete took along', async (_, happenings) => {
    const { limits: met, trace } = await explore(scheduleAround(deletes, items, [keep, ...happenings]));

    expect([...met.keys()]).toEqual([]);
    expect(trace.join()).toContain(`nothing becomes [${whole}]`);
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
        expect((await explore(schedule)).limits.size).toBe(0);
      });

      await fc.assert(property, { numRuns: Math.ceil(numRuns / 3), seed });
    },
    timeoutMs,
  );
});

/** Schedules that the model found before their defects were corrected. */
describe('a write whose answer was lost', () => {
  const lost = (skip: number): Happening => ({ after: { what: 'fault', fault: 'loseAnswer', request: 0 }, skip });

  it('does not bring back what the application deleted since, where it put an item back', async () => {
    const happenings = [keep, lost(1), { before: { kind: 'delete', name: 'a' }, skip: 2 } as const];

    const { trace } = await explore(scheduleAround(deletes, [['a', 'd']], happenings));

    expect(trace.filter((line) => line.includes(`nothing becomes [${whole}]`))).toHaveLength(1);
    expect(trace.join()).toContain('the application deletes');
  });

  it('does not insert again what the application deleted since, where a version attribute is the condition', async () => {
    const happenings = [lost(0), { before: { kind: 'deleteIfPresent', name: 'a', place: 'child' }, skip: 1 } as const];

    const { trace } = await explore(scheduleAround({ inserts: true, versionAttribute: true }, [['a']], happenings));

    expect(trace.filter((line) => line.includes('is inserted'))).toHaveLength(1);
    expect(trace.join()).toContain('the application deletes if present on [["id",{"S":"0-child"}]]: done');
  });
});

describe('a worker whose run was taken over', () => {
  it('has no permission to put anything back from a read that named another fence', async () => {
    // The first item is being put back, and has to wait, when the second one's conflict makes the worker look at control.
    const happenings: Happening[] = [
      keep,
      { before: { kind: 'set', name: 'a' }, skip: 1 },
      { before: { what: 'fault', fault: 'throttleOne', request: 0 }, skip: 2 },
      { before: { what: 'takeover' }, skip: 2 },
      { before: { what: 'freeze', milliseconds: 11_000 }, skip: 2 },
    ];

    const { limits: met } = await explore(scheduleAround({ ...deletes, overwrites: 'o' }, [['a', 'd'], ['a']], happenings));

    expect([...met.keys()]).toEqual(['leaseOver']);
  });

  it('may say that it did not put an item back that the application has deleted since', async () => {
    const happenings: Happening[] = [
      keep,
      { after: { what: 'takeover' } },
      { after: { what: 'freeze', milliseconds: 11_000 } },
      { after: { kind: 'delete', name: 'a' } },
    ];

    const { failedWith, limits: met } = await explore(scheduleAround(deletes, [['a', 'd']], happenings));

    expect(failedWith).toEqual(['NotPutBack']);
    expect([...met.keys()]).not.toContain('leaseOver');
  });
});

describe('the model', () => {
  const maxSchedules = 3_000;

  it.each(Object.entries(defects))(
    'finds %s',
    async (_, defect) => {
      const property = fc.asyncProperty(schedulesOf(defect.version ?? {}), async (schedule) => {
        await explore(schedule, defect);
      });

      const { failed, numRuns: needed, numShrinks } = await fc.check(property, { numRuns: maxSchedules, seed: 1, endOnFailure: true });

      expect(failed, `not found in ${needed} schedules`).toBe(true);
      expect(numShrinks).toBe(0);
    },
    timeoutMs,
  );
});
