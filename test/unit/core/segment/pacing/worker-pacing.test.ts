import { describe, expect, it } from 'vitest';
import { WorkerPacing } from '../../../../../core/segment/pacing/worker-pacing.ts';
import { controlOf } from '../../../../support/control-record.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

function start(fields: Parameters<typeof controlOf>[0], maxWriteUnits?: number) {
  const clock = new FakeClock();
  return { clock, pacing: new WorkerPacing(clock, controlOf({ budget: { workers: 4 }, ...fields }), true, maxWriteUnits) };
}

describe('the share of a worker', () => {
  it('is its part of the budgets, and no more than half of what a partition takes', () => {
    const shares = (fields: Parameters<typeof controlOf>[0]) => {
      const { pacing } = start(fields);
      return [pacing.reads.rate, pacing.writes.rate];
    };

    expect(shares({ budget: { readUnits: 40, writeUnits: 100 } })).toEqual([10, 25]);
    expect(shares({})).toEqual([Number.POSITIVE_INFINITY, 500]);
    expect(shares({ budget: { writeUnits: 10_000 } })).toEqual([Number.POSITIVE_INFINITY, 500]);
  });

  it('follows a new budget, and fewer workers', () => {
    const { pacing } = start({ budget: { readUnits: 40, writeUnits: 100 } });

    pacing.follow(controlOf({ budget: { workers: 2, readUnits: 40, writeUnits: 60 } }));

    expect([pacing.reads.rate, pacing.writes.rate]).toEqual([20, 30]);
  });
});

describe('a page', () => {
  it('is no larger than half a second of reading earns, once it is known what items cost', () => {
    const { pacing } = start({ budget: { readUnits: 400 } });
    expect(pacing.page.limit).toBe(50);

    pacing.reads.learn(50, 25);

    expect(pacing.page).toEqual({ limit: 100, estimate: 100 });
  });

  it('is no larger than what can be written in two seconds, if all of it must be', () => {
    const { pacing } = start({ budget: { writeUnits: 400 } });

    pacing.reads.learn(100, 6.25);
    expect(pacing.page.limit).toBe(200);

    pacing.reads.learn(100, 500);
    expect(pacing.page.limit).toBeLessThan(30);
  });

  it('has a thousand items where nothing is written and reading has no budget, and is paid as the largest there is', () => {
    const { pacing } = start({ dryRun: true });
    expect(pacing.page).toEqual({ limit: 1000, estimate: 128 });
  });

  it('has at least one item', () => {
    expect(start({ budget: { readUnits: 0.1, writeUnits: 0.1 } }).pacing.page.limit).toBe(1);
  });
});

describe('the pace of a worker', () => {
  /** Spends for ten seconds as much as it may. */
  const paceAfter = async (
    fields: Parameters<typeof controlOf>[0],
    does: (pacing: WorkerPacing, clock: FakeClock) => Promise<unknown> | undefined,
  ) => {
    const { clock, pacing } = start(fields);
    while (clock.now < 10_000) {
      const done = does(pacing, clock);
      if (done) await clock.until(done);
      await clock.advance(10);
    }
    return pacing.takePace();
  };

  it('says how much it consumed a second, and that its share of the write budget holds it up', async () => {
    const pace = await paceAfter({ budget: { writeUnits: 100 } }, (pacing) => pacing.writes.pay(5));

    expect(pace).toMatchObject({ limit: 'writeBudget', readUnits: 0 });
    expect(pace?.writeUnits).toBeCloseTo(25, 0);
    expect(pace?.at).toBeGreaterThan(Date.UTC(2029, 0, 1));
  });

  it.each([
    ['readBudget', { budget: { readUnits: 40 } }, (pacing: WorkerPacing) => pacing.reads.pay(1)],
    ['partition', {}, (pacing: WorkerPacing) => pacing.writes.pay(50)],
    ['none', { budget: { writeUnits: 1000 } }, (pacing: WorkerPacing) => pacing.writes.pay(1)],
  ] as const)('is limited by %s with %o', async (limit, fields, does) => {
    expect(await paceAfter(fields, does)).toMatchObject({ limit });
  });

  it('is limited by throttling as long as its rate has not come back', async () => {
    const pace = await paceAfter({ budget: { writeUnits: 100 } }, (pacing, clock) => {
      if (clock.now < 20) pacing.writes.throttled();
      return pacing.writes.pay(5);
    });
    expect(pace).toMatchObject({ limit: 'throttling' });
  });

  it('is not told for less than a second', () => {
    expect(start({}).pacing.takePace()).toBeUndefined();
  });
});
