import { describe, expect, it } from 'vitest';
import { closesAt, hoursProblem, isOpen, opensAt } from '../../../../../core/ledger/limits/hours.ts';
import { atHours, secondsToWait } from '../../../../../core/run/control/within-hours.ts';
import type { Item } from '../../../../../core/transformation/contract.ts';
import { controlOf, withFields } from '../../../../support/control-record.ts';
import { MemoryRun } from '../../../../support/memory-run.ts';

const midnight = Date.UTC(2030, 0, 1);
const minute = 60_000;
const hour = 60 * minute;

describe('hours', () => {
  const berlin = { hours: '22:00-06:00 Europe/Berlin' };

  it('are those of the time zone, over midnight', () => {
    expect(isOpen(berlin, Date.UTC(2030, 0, 1, 21))).toBe(true);
    expect(isOpen(berlin, Date.UTC(2030, 0, 1, 4, 59))).toBe(true);
    expect(isOpen(berlin, Date.UTC(2030, 0, 1, 5))).toBe(false);
    expect(isOpen(berlin, Date.UTC(2030, 0, 1, 20, 59))).toBe(false);
  });

  it('end and begin at the minute', () => {
    expect(time(closesAt(berlin, Date.UTC(2030, 0, 1, 3, 12, 7)))).toBe('2030-01-01T05:00:00.000Z');
    expect(time(opensAt(berlin, Date.UTC(2030, 0, 1, 5)))).toBe('2030-01-01T21:00:00.000Z');
  });

  it('follow clocks that are put forward and back', () => {
    // The last Sunday of March and of October.
    expect(time(opensAt(berlin, Date.UTC(2030, 2, 31, 12)))).toBe('2030-03-31T20:00:00.000Z');
    expect(time(closesAt(berlin, Date.UTC(2030, 2, 30, 23)))).toBe('2030-03-31T04:00:00.000Z');
    expect(time(closesAt({ hours: '01:00-02:30 Europe/Berlin' }, Date.UTC(2030, 2, 31, 0, 30)))).toBe('2030-03-31T01:00:00.000Z');
    expect(time(closesAt(berlin, Date.UTC(2030, 9, 26, 23)))).toBe('2030-10-27T05:00:00.000Z');
  });

  it('are over some seconds early for whoever would begin', () => {
    expect(isOpen(berlin, Date.UTC(2030, 0, 1, 4, 59, 49))).toBe(true);
    expect(isOpen(berlin, Date.UTC(2030, 0, 1, 4, 59, 51))).toBe(false);
    expect(time(opensAt(berlin, Date.UTC(2030, 0, 1, 4, 59, 55)))).toBe('2030-01-01T21:00:00.000Z');
  });

  it.each(['22:00-06:00', '22-06 UTC', '24:00-06:00 UTC', '22:00-06:00 Europe/Atlantis', '06:00-06:00 UTC', ''])(
    'are refused as %j',
    (text) => {
      expect(hoursProblem(text)).toEqual(expect.stringMatching(/^(must be|has the time zone|begins and ends)/));
    },
  );

  it.each(['22:00-06:00 Europe/Berlin', '09:00-17:30 UTC', '00:00-04:00 America/New_York'])('are taken as %j', (text) => {
    expect(hoursProblem(text)).toBeUndefined();
  });
});

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** A run that takes about 100 seconds, and has 61 until its hours end. */
function runAtTheEnd(hours: string) {
  const writes: number[] = [];
  const images = Array.from({ length: 400 }, (_, n) => ({ id: { S: `u${n}` }, name: { S: 'Grace Hopper' } }));
  const file = { adds: ['first'], transformUp: (item: Item) => ({ ...item, first: 'Grace' }) };
  const control = atHours(controlOf({ marks: { onlyBetween: { hours } } }), midnight);
  const run: MemoryRun = new MemoryRun(images, file, {
    segments: 4,
    seed: 1,
    control: {
      marks: control.marks,
      closesAt: control.closesAt,
      decision: control.decision,
      budget: { maxConcurrency: 4, workers: 4, writeUnits: 4 },
    },
    answers: () => void writes.push(run.clock.wallNow),
  });
  return { run, writes };
}

describe('a run with onlyBetween', () => {
  it('writes nothing after its hours, waits, and goes on by itself when they begin again', async () => {
    const { run, writes } = runAtTheEnd('22:00-00:01 UTC');

    expect(await run.go()).toBe('wait');
    const written = writes.length;
    expect(written).toBeGreaterThan(100);
    expect(written).toBeLessThan(400);
    expect(Math.max(...writes)).toBeLessThan(midnight + minute + 100);
    expect(run.control.marks.paused).toMatchObject({ by: 'onlyBetween 22:00-00:01 UTC' });
    const waits = secondsToWait(run.control, run.clock.wallNow);
    expect(time(run.clock.wallNow + waits * 1000)).toMatch(/^2030-01-01T22:00:0[01]/);

    run.clock.wallNow += waits * 1000;
    expect(await run.go()).not.toBe('wait');
    expect(Math.min(...writes.slice(written))).toBeGreaterThanOrEqual(midnight + 22 * hour);
    expect([...run.table.values()].every(({ first }) => first !== undefined)).toBe(true);
  });

  it('waits again if it is asked too early, and stays paused if a person holds the pause, too', async () => {
    const { run } = runAtTheEnd('22:00-00:01 UTC');
    await run.go();

    expect(await run.go()).toBe('wait');
    const byAnn = { by: 'user:ann', since: time(midnight) };
    const { paused } = run.control.marks;
    run.control = withFields(run.control, { marks: { paused: { ...byAnn, holders: [...(paused?.holders ?? []), byAnn] } } });
    run.clock.wallNow = midnight + 22 * hour;

    expect(await run.go()).toBe('wait');
    expect(run.control.marks.paused).toMatchObject({ by: 'user:ann', holders: [byAnn] });
    expect(secondsToWait(run.control, run.clock.wallNow)).toBe(31_536_000);
  });

  it('begins with a wait outside of its hours', () => {
    const control = atHours(controlOf({ marks: { onlyBetween: { hours: '22:00-23:00 UTC' } } }), midnight);
    expect(control).toMatchObject({ decision: { kind: 'wait' }, marks: { paused: { by: 'onlyBetween 22:00-23:00 UTC' } } });
    expect(control.closesAt).toBeUndefined();
  });

  it('that a person resumed writes until the end of its next hours', () => {
    const lifted = { hours: '22:00-23:00 UTC', liftedUntil: midnight + 22 * hour };
    expect(isOpen(lifted, midnight + 12 * hour)).toBe(true);
    expect(time(closesAt(lifted, midnight + 12 * hour))).toBe('2030-01-01T23:00:00.000Z');
    expect(isOpen(lifted, midnight + 23 * hour)).toBe(false);
  });
});
