import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../../../core/clock.ts';
import { Pacing } from '../../../../../core/segment/pacing/pacing.ts';
import { FakeClock, settled } from '../../../../support/fake-clock.ts';

interface Spent {
  at: number;
  units: number;
}

/** Spends each as soon as it may, one after the other, and notes when that was. */
function spender(clock: FakeClock, pacing: Pacing) {
  const spent: Spent[] = [];
  return {
    spent,
    spend: async (units: number): Promise<void> => {
      await pacing.pay(units);
      spent.push({ at: clock.now, units });
    },
  };
}

/** How much more was spent in any stretch of time than the rate earns in it, whatever its length. */
function maxAhead(spent: readonly Spent[], rate: number): number {
  let most = 0;
  for (const [index, { at }] of spent.entries()) {
    let units = 0;
    for (const later of spent.slice(index)) {
      units += later.units;
      most = Math.max(most, units - (rate * (later.at - at)) / 1000);
    }
  }
  return most;
}

describe('pacing', () => {
  it('is never ahead of its budget by more than half a second or one request, whenever and how much is asked for', async () => {
    const request = fc.record({ pause: fc.oneof(fc.constant(0), fc.nat(4000)), units: fc.integer({ min: 1, max: 60 }) });
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0.5, max: 500, noNaN: true }), fc.array(request, { maxLength: 40 }), async (budget, requests) => {
        const clock = new FakeClock();
        const { spend, spent } = spender(clock, new Pacing(clock, budget));
        const all: Promise<void>[] = [];
        for (const { pause, units } of requests) {
          await clock.advance(pause);
          all.push(spend(units));
        }
        await clock.until(Promise.all(all));

        expect(spent).toHaveLength(requests.length);
        const largest = Math.max(0, ...requests.map(({ units }) => units));
        expect(maxAhead(spent, budget)).toBeLessThanOrEqual(Math.max(largest, budget / 2) + 1e-6);
      }),
      { numRuns: 200 },
    );
  });

  it('spends all of its budget where there is enough to do, also where it wakes late', async () => {
    const clock = new FakeClock();
    const late: Clock = { ...clock, sleep: (milliseconds) => clock.sleep(milliseconds + 40) };
    const { spend } = spender(clock, new Pacing(late, 500));

    await clock.until(Promise.all(Array.from({ length: 200 }, () => spend(25))));

    expect(clock.now).toBeGreaterThanOrEqual(9_950);
    expect(clock.now).toBeLessThanOrEqual(10_200);
  });

  it('starts empty, so that many workers that begin together make no burst', async () => {
    const clock = new FakeClock();
    await clock.advance(10_000);
    const { spend, spent } = spender(clock, new Pacing(clock, 100));
    const all = [spend(50), spend(50)];

    await settled();
    expect(spent).toHaveLength(0);
    await clock.until(Promise.all(all));
    expect(spent.map(({ at }) => at)).toEqual([10_500, 11_000]);
  });

  it('saves up no more than half a second of its rate while nobody asks', async () => {
    const clock = new FakeClock();
    const { spend, spent } = spender(clock, new Pacing(clock, 100));
    await clock.advance(60_000);

    await clock.until(Promise.all([spend(50), spend(50)]));

    expect(spent.map(({ at }) => at)).toEqual([60_000, 60_500]);
  });

  it('lets nobody wait where there is no budget', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, Number.POSITIVE_INFINITY);

    for (let n = 0; n < 1000; n++) await pacing.pay(1000);

    expect(clock.now).toBe(0);
  });

  it('serves first come, first served', async () => {
    const clock = new FakeClock();
    const { spend, spent } = spender(clock, new Pacing(clock, 10));

    await clock.until(Promise.all([9, 1, 8, 2, 7].map(spend)));

    expect(spent.map(({ units }) => units)).toEqual([9, 1, 8, 2, 7]);
  });

  it('settles what was really consumed: more makes the next one wait longer, less shorter', async () => {
    const waitAfter = async (consumed: number): Promise<number> => {
      const clock = new FakeClock();
      const pacing = new Pacing(clock, 100);
      const paid = await clock.until(pacing.pay(50));
      pacing.correct(paid, consumed);
      await clock.until(pacing.pay(50));
      return clock.now;
    };

    expect(await waitAfter(50)).toBe(1000);
    expect(await waitAfter(150)).toBe(2000);
    expect(await waitAfter(30)).toBe(800);
    expect(await waitAfter(0)).toBe(500);
  });

  it('pays what estimates proved to be worth, and asks for smaller requests then', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 100);
    expect(pacing.maxAffordable).toBe(50);

    pacing.learn(10, 40);

    expect(pacing.maxAffordable).toBe(12.5);
    expect(await clock.until(pacing.pay(10))).toBe(40);
    expect(clock.now).toBe(400);
    for (let n = 0; n < 40; n++) pacing.learn(10, 20);
    expect(pacing.unitsPerEstimate).toBeCloseTo(2, 2);
  });

  it('lets whoever waits go on as soon as enough comes back', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 100);
    const paid = await clock.until(pacing.pay(50));
    const next = pacing.pay(50).then(() => clock.now);
    await clock.advance(100);

    pacing.correct(paid, 20);

    expect(await clock.until(next)).toBe(700);
  });

  it('lets nobody go on earlier after throttling: what was refused would be tried again at once', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 100);
    const paid = await clock.until(pacing.pay(50));
    pacing.throttled();
    const alone = await clock.until(Promise.resolve(pacing.rate));
    const next = pacing.pay(10).then(() => clock.now - 500);
    await clock.advance(0);

    pacing.correct(paid, 0);

    expect(await clock.until(next)).toBeGreaterThanOrEqual(Math.floor((10 / alone) * 1000));
  });

  it('asks for no larger request than all that were answered, where estimates may be far too low', async () => {
    const pacing = new Pacing(new FakeClock(), 100, true);
    expect([pacing.isProbing, pacing.maxAffordable]).toEqual([true, 0]);

    pacing.learn(1, 4);
    expect([pacing.isProbing, pacing.maxAffordable, pacing.unitsPerEstimate]).toEqual([false, 1, 4]);
    pacing.learn(1, 8);
    expect([pacing.maxAffordable, pacing.unitsPerEstimate]).toEqual([2, 6]);
    pacing.learn(100, 200);
    expect(pacing.maxAffordable).toBeCloseTo(50 / pacing.unitsPerEstimate);
  });

  it('is content with an answer where DynamoDB reports nothing', () => {
    const pacing = new Pacing(new FakeClock(), 100, true);

    pacing.learn(1, 0);

    expect([pacing.isProbing, pacing.maxAffordable, pacing.unitsPerEstimate]).toEqual([false, 1, 1]);
  });

  it('reports what it spent, and how long somebody waited for what', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 100);
    await clock.until(pacing.pay(50));
    expect(pacing.takeReport()).toEqual({ units: 50, waitedMs: { budget: 500, throttling: 0 }, throttles: 0 });

    pacing.throttled();
    await clock.until(pacing.pay(50));

    expect(pacing.takeReport()).toMatchObject({ units: 50, waitedMs: { budget: 0 }, throttles: 1 });
    expect(pacing.takeReport()).toEqual({ units: 0, waitedMs: { budget: 0, throttling: 0 }, throttles: 0 });
  });

  it('follows a new budget while somebody waits', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 0.1);
    pacing.charge(100);
    const waiting = pacing.pay(1);

    await clock.advance(2000);
    pacing.budget = 100;
    await clock.until(waiting);

    expect(clock.now).toBeLessThanOrEqual(4000);
  });

  it('lets those who wait go without a wait once the budget is lifted', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 1);
    pacing.charge(1000);
    const waiting = pacing.pay(1);

    await clock.advance(100);
    pacing.budget = Number.POSITIVE_INFINITY;
    await clock.until(waiting);

    expect(clock.now).toBeLessThanOrEqual(1100);
  });

  it('asks while it waits whether to go on, and lets nobody wait in vain', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 1);
    let halted = false;
    const check = async (): Promise<void> => {
      if (halted) throw new Error('halted');
    };
    pacing.charge(1000);
    const waiting = [pacing.pay(1, check), pacing.pay(1, check)].map((spending) => spending.catch(({ message }) => message));

    await clock.advance(5000);
    halted = true;

    expect(await clock.until(Promise.all(waiting))).toEqual(['halted', 'halted']);
    expect(clock.now).toBeLessThanOrEqual(7000);
  });
});

describe('pacing after throttling', () => {
  /** After some seconds in which all that may be spent is spent, in requests of a tenth of it. */
  const busy = async (budget: number, rate = budget) => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, budget);
    for (let n = 0; n < 100; n++) {
      await clock.advance(100);
      await clock.until(pacing.pay(rate / 10));
    }
    return { clock, pacing };
  };

  it('halves what is spent, whatever might have been', async () => {
    const limited = (await busy(100)).pacing;
    const idle = (await busy(100, 60)).pacing;
    const unlimited = (await busy(Number.POSITIVE_INFINITY, 1000)).pacing;

    for (const pacing of [limited, idle, unlimited]) pacing.throttled();

    expect([limited.rate, idle.rate, unlimited.rate].map((rate) => Math.round(rate / 10) * 10)).toEqual([50, 30, 510]);
  });

  it('does not fall to nothing where a worker has just begun', () => {
    const pacing = new Pacing(new FakeClock(), 100);
    pacing.throttled();
    expect(pacing.rate).toBe(25);
  });

  it('takes one burst of throttles as one signal, and the next second as another, and never stands still', async () => {
    const { clock, pacing } = await busy(100);
    for (let n = 0; n < 10; n++) pacing.throttled();
    expect(pacing.rate).toBeGreaterThan(45);

    for (let second = 0; second < 20; second++) {
      await clock.advance(1000);
      pacing.throttled();
    }
    expect(pacing.rate).toBeGreaterThanOrEqual(1);
    expect(pacing.rate).toBeLessThan(5);
  });

  it('never lifts a rate above a budget that is smaller than its least', () => {
    const pacing = new Pacing(new FakeClock(), 0.2);
    pacing.throttled();
    expect(pacing.rate).toBe(0.2);
  });

  it('is back at its budget within about a minute, and never above it', async () => {
    const { clock, pacing } = await busy(120);
    pacing.throttled();

    const rates: number[] = [];
    for (let second = 0; second < 90; second++) {
      await clock.advance(1000);
      await clock.until(pacing.pay(0));
      rates.push(pacing.rate);
    }

    expect(rates).toEqual(rates.toSorted((a, b) => a - b));
    expect(rates[5]).toBeLessThan(90);
    expect(rates[60]).toBe(120);
    expect(Math.max(...rates)).toBe(120);
  });

  it('keeps below the lowered rate', async () => {
    const { clock, pacing } = await busy(100);
    const { spend, spent } = spender(clock, pacing);
    pacing.throttled();

    await clock.until(Promise.all(Array.from({ length: 10 }, () => spend(5))));

    expect(maxAhead(spent, 70)).toBeLessThanOrEqual(35);
  });

  it.each([
    [200, 50],
    [20, 20],
  ])('takes a budget of %i units over as %i where it was at 50 of 100', async (budget, rate) => {
    const { pacing } = await busy(100);
    pacing.throttled();

    pacing.budget = budget;

    expect(Math.round(pacing.rate)).toBeGreaterThanOrEqual(rate - 5);
    expect(Math.round(pacing.rate)).toBeLessThanOrEqual(rate + 5);
  });
});
