import { describe, expect, it } from 'vitest';
import type { Control } from '../../../../core/ledger/control.ts';
import { ControlWatch } from '../../../../core/segment/control-watch.ts';
import { Halted, SegmentGate } from '../../../../core/segment/segment-gate.ts';
import { type ControlFields, controlOf } from '../../../support/control-record.ts';
import { FakeClock, settled } from '../../../support/fake-clock.ts';

const leaseMs = 10_000;
const controlIntervalMs = 3000;

/** A gate over a control that the test changes; reads answer at once, until they are held. */
async function open() {
  const clock = new FakeClock();
  let control: Control | undefined = controlOf({ lease: { leaseMs, controlIntervalMs }, fence: 5, pass: 2, budget: { writeUnits: 50 } });
  let reads = 0;
  let failing = false;
  let held: Promise<void> | undefined;
  let letGo = (): void => {};
  const read = async () => {
    reads++;
    const answer = control;
    await held;
    if (failing) throw new Error('unavailable');
    return answer;
  };
  const watch = await ControlWatch.open(read, clock);
  if (!watch) throw new Error('no control');
  const log: string[] = [];
  let whileSaving = (): void => {};
  const deadline = { read: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY };
  const pacing = { follow: ({ budget }: Control) => void log.push(`follow ${budget.writeUnits}`), isHeldByShare: false };
  const gate = new SegmentGate(watch, {
    clock,
    deadline,
    pacing,
    rebalancer: { rebalanceIfDue: () => void log.push('rebalance') },
    saveDirty: async () => {
      log.push('save dirty');
      whileSaving();
    },
  });
  return {
    clock,
    watch,
    gate,
    deadline,
    pacing,
    log,
    change: (fields: ControlFields) => {
      control = controlOf({ lease: { leaseMs, controlIntervalMs }, fence: 5, pass: 2, ...fields });
    },
    remove: () => {
      control = undefined;
    },
    failReads: (fail: boolean) => {
      failing = fail;
    },
    hold: () => {
      held = new Promise((resolve) => (letGo = resolve));
    },
    release: () => {
      held = undefined;
      letGo();
    },
    reads: () => reads,
    whileSaving: (then: () => void) => {
      whileSaving = then;
    },
  };
}

describe('the lease of a worker', () => {
  it('lasts from the start of the read that named its fence', async () => {
    const { clock, gate } = await open();

    clock.now = leaseMs - 1;
    clock.wallNow += leaseMs - 1;
    expect(gate.mayWriteNow()).toBe(true);
    clock.now++;
    expect(gate.mayWriteNow()).toBe(false);
  });

  it('is over when the monotonic clock alone says so', async () => {
    const { clock, gate } = await open();

    clock.now += leaseMs;
    clock.wallNow -= 1000;

    expect(gate.mayWriteNow()).toBe(false);
  });

  it('is over when the wall clock alone says so, as after a sleep that the monotonic clock did not count', async () => {
    const { clock, gate } = await open();

    clock.wallNow += leaseMs;

    expect(gate.mayWriteNow()).toBe(false);
  });

  it('is renewed by a read that pauses the run, and not by one that names another fence: for what must still be put right', async () => {
    const leaseAfter = async (fields: ControlFields): Promise<boolean> => {
      const { clock, watch, gate, change } = await open();
      await clock.advance(9000);
      change(fields);
      await watch.refreshIfDue();
      await settled();
      await clock.advance(5000);
      expect(gate.mayWriteNow()).toBe(false);
      return gate.holdsLease();
    };

    expect(await leaseAfter({ marks: { paused: { by: 'me', since: 'now' } } })).toBe(true);
    expect(await leaseAfter({ fence: 6 })).toBe(false);
  });

  it('does not count the time that the read took', async () => {
    const { clock, watch, gate, hold, release } = await open();
    await clock.advance(controlIntervalMs);
    hold();
    await watch.refreshIfDue();
    await clock.advance(4000);
    release();
    await settled();

    await clock.advance(leaseMs - 4000 - 1);
    expect(gate.mayWriteNow()).toBe(true);
    await clock.advance(1);
    expect(gate.mayWriteNow()).toBe(false);
  });

  it('is renewed in the background while it lasts, by one read per interval', async () => {
    const { clock, gate, reads } = await open();

    for (let second = 0; second < 30; second++) {
      await clock.advance(1000);
      await Promise.all([gate.waitUntilMayWrite(), gate.waitUntilMayWrite(), gate.waitUntilMayWrite()]);
      expect(gate.mayWriteNow()).toBe(true);
    }

    expect(reads()).toBe(11);
  });

  it('is waited for once it is over, so that a worker that was frozen asks before it writes', async () => {
    const { clock, watch, gate, change } = await open();
    clock.now += 60_000;
    clock.wallNow += 60_000;
    change({ fence: 6 });

    await expect(gate.waitUntilMayWrite()).rejects.toThrow(Halted);
    expect(watch.halted).toBe('superseded');
  });

  it('stays over while the control cannot be read, and is back when it can', async () => {
    const { clock, watch, gate, failReads } = await open();
    failReads(true);
    await clock.advance(controlIntervalMs);
    await watch.refreshIfDue();
    await settled();
    expect(gate.mayWriteNow()).toBe(true);

    await clock.advance(leaseMs);
    await gate.waitUntilMayWrite();
    expect(gate.mayWriteNow()).toBe(false);
    expect(watch.halted).toBeUndefined();

    failReads(false);
    await gate.waitUntilMayWrite();
    expect(gate.mayWriteNow()).toBe(true);
  });
});

describe('a worker halts', () => {
  it.each<[string, ControlFields, string]>([
    ['when the fence rose', { fence: 6 }, 'superseded'],
    ['when the pass is another', { pass: 3 }, 'superseded'],
    ['when the run is over', { ended: true }, 'superseded'],
    ['when the run is paused', { marks: { paused: { by: 'alarm', since: 'now' } } }, 'paused'],
    ['when the run is stopped', { marks: { stopped: { by: 'me', since: 'now', redriveCount: 0 } } }, 'stopped'],
    ['when too many items failed', { marks: { failures: 101, maxFailures: 100 } }, 'tooManyFailures'],
  ])('%s', async (_, fields, reason) => {
    const { clock, watch, gate, change } = await open();
    change(fields);
    await watch.refreshIfDue();
    expect(watch.halted).toBeUndefined();

    await clock.advance(controlIntervalMs);
    await watch.refreshIfDue();
    await settled();

    expect(watch.halted).toBe(reason);
    expect(gate.mayWriteNow()).toBe(false);
    await expect(gate.waitUntilMayWrite()).rejects.toThrow(Halted);
  });

  it('when its run is gone', async () => {
    const { clock, watch, remove } = await open();
    remove();
    await clock.advance(controlIntervalMs);

    await watch.refreshIfDue();
    await settled();

    expect(watch.halted).toBe('superseded');
  });

  it('not when just as many items failed as may', async () => {
    const { clock, watch, change } = await open();
    change({ marks: { failures: 100, maxFailures: 100 }, budget: { writeUnits: 7 } });

    await clock.advance(controlIntervalMs);
    await watch.refreshIfDue();
    await settled();

    expect(watch.halted).toBeUndefined();
    expect(watch.latest.budget.writeUnits).toBe(7);
  });

  it('for the first reason it had, and for good', async () => {
    const { clock, watch, gate, change } = await open();
    watch.halt('timeIsShort');
    watch.halt('lostSegment');
    change({});
    await clock.advance(controlIntervalMs);

    await expect(gate.waitUntilMayWrite()).rejects.toThrow('timeIsShort');
    expect(watch.halted).toBe('timeIsShort');
  });
});

describe('a worker asks before it writes', () => {
  it('and follows the budget, then saves dirty, before the write may be sent', async () => {
    const { clock, gate, change, log } = await open();
    change({ budget: { writeUnits: 7 } });
    await clock.advance(leaseMs);

    await gate.waitUntilMayWrite();

    expect(log).toEqual(['follow 7', 'save dirty']);
    expect(gate.mayWriteNow()).toBe(true);
  });

  it('and looks for a larger share only when its own holds it back', async () => {
    const { gate, pacing, log } = await open();
    pacing.isHeldByShare = true;

    await gate.waitUntilMayWrite();

    expect(log).toContain('rebalance');
  });

  it('and is refused when the run is found paused while dirty is saved', async () => {
    const { watch, gate, whileSaving } = await open();
    whileSaving(() => watch.halt('paused'));

    await expect(gate.waitUntilMayWrite()).rejects.toThrow('paused');
  });

  it('and is refused from the write deadline on, as are decisions', async () => {
    const { clock, watch, gate, deadline, log } = await open();
    deadline.write = 1000;
    gate.assertMayDecide();
    clock.now = 1000;

    expect(() => gate.assertMayDecide()).toThrow(Halted);
    await expect(gate.waitUntilMayWrite()).rejects.toThrow('timeIsShort');
    expect([watch.halted, gate.mayWriteNow(), gate.holdsLease()]).toEqual(['timeIsShort', false, true]);
    expect(log).toEqual([]);
  });
});

describe('a worker asks before it reads', () => {
  it('and is refused from the read deadline on, when it may still write', async () => {
    const { clock, gate, deadline, log } = await open();
    deadline.read = 1000;
    await gate.waitUntilMayRead();
    clock.now = 1000;

    await expect(gate.waitUntilMayRead()).rejects.toThrow('timeIsShort');
    expect(gate.mayWriteNow()).toBe(true);
    expect(log).toEqual(['follow 50']);
  });
});

describe('a worker asks while a function runs', () => {
  it('and learns within the control interval that the run is stopped, without saving dirty', async () => {
    const { clock, gate, change, log } = await open();
    await gate.waitUntilMayDecide();
    change({ marks: { stopped: { by: 'me', since: 'now', redriveCount: 0 } } });
    await clock.advance(controlIntervalMs);
    await gate.waitUntilMayDecide();
    await settled();

    await expect(gate.waitUntilMayDecide()).rejects.toThrow('stopped');
    expect(() => gate.assertMayDecide()).toThrow(Halted);
    expect(log).toEqual([]);
  });
});

describe('opening a watch', () => {
  it('finds no run where there is none, and halts at once where it is over', async () => {
    const clock = new FakeClock();

    expect(await ControlWatch.open(async () => undefined, clock)).toBeUndefined();
    expect((await ControlWatch.open(async () => controlOf({ ended: true }), clock))?.halted).toBe('superseded');
    expect((await ControlWatch.open(async () => controlOf({ marks: { paused: { by: 'me', since: 'now' } } }), clock))?.halted).toBe(
      'paused',
    );
  });

  it('starts the lease before the read is sent', async () => {
    const clock = new FakeClock();
    const read = async () => {
      await clock.sleep(leaseMs);
      return controlOf({ lease: { leaseMs } });
    };

    const watch = await clock.until(ControlWatch.open(read, clock));

    expect(watch?.holdsLease()).toBe(false);
  });
});
