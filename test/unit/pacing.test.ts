import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pacing } from '../../core/pacing.ts';
import { FakeClock, settled } from './fake-clock.ts';

interface Spent {
  at: number;
  units: number;
}

/** Spends each as soon as it may, one after the other, and notes when that was. */
const spender = (clock: FakeClock, pacing: Pacing) => {
  const spent: Spent[] = [];
  return {
    spent,
    spend: async (units: number): Promise<void> => {
      await pacing.spend(units);
      spent.push({ at: clock.now, units });
    },
  };
};

/** The most that was spent in any second, without the last request in it. */
const mostInOneSecond = (spent: readonly Spent[]): number =>
  Math.max(
    0,
    ...spent.map(({ at }, index) => {
      const window = spent.slice(index).filter((later) => later.at < at + 1000);
      return window.slice(0, -1).reduce((sum, { units }) => sum + units, 0);
    }),
  );

describe('pacing', () => {
  it('never spends more than its budget in any second, but for one request, whenever and how much is asked for', async () => {
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
        expect(mostInOneSecond(spent)).toBeLessThanOrEqual(budget + 1e-6);
      }),
      { numRuns: 200 },
    );
  });

  it('spends all of its budget where there is enough to do', async () => {
    const clock = new FakeClock();
    const { spend } = spender(clock, new Pacing(clock, 500));

    await clock.until(Promise.all(Array.from({ length: 200 }, () => spend(25))));

    expect(clock.now).toBeGreaterThanOrEqual(9_900);
    expect(clock.now).toBeLessThanOrEqual(10_200);
  });

  it('starts empty, so that the second request of a new worker waits already', async () => {
    const clock = new FakeClock();
    await clock.advance(10_000);
    const { spend, spent } = spender(clock, new Pacing(clock, 100));
    const all = [spend(50), spend(50)];

    await settled();
    expect(spent).toHaveLength(1);
    await clock.until(Promise.all(all));
    expect(clock.now).toBe(10_500);
  });

  it('lets nobody wait where there is no budget', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, Number.POSITIVE_INFINITY);

    for (let n = 0; n < 1000; n++) await pacing.spend(1000);

    expect(clock.now).toBe(0);
  });

  it('serves first come, first served', async () => {
    const clock = new FakeClock();
    const { spend, spent } = spender(clock, new Pacing(clock, 10));

    await clock.until(Promise.all([9, 1, 8, 2, 7].map(spend)));

    expect(spent.map(({ units }) => units)).toEqual([9, 1, 8, 2, 7]);
  });

  it('makes the next one wait for what was consumed beyond the estimate, and not for what was not consumed', async () => {
    const waitAfter = async (settlement: number): Promise<number> => {
      const clock = new FakeClock();
      const pacing = new Pacing(clock, 100);
      await pacing.spend(50);
      pacing.settle(settlement);
      await clock.until(pacing.spend(1));
      return clock.now;
    };

    expect(await waitAfter(0)).toBe(500);
    expect(await waitAfter(100)).toBe(1500);
    expect(await waitAfter(-20)).toBe(300);
    expect(await waitAfter(-50)).toBe(0);
  });

  it('follows a new budget while somebody waits', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 0.1);
    await pacing.spend(100);
    const waiting = pacing.spend(1);

    await clock.advance(2000);
    pacing.budget = 100;
    await clock.until(waiting);

    expect(clock.now).toBeLessThanOrEqual(4000);
  });

  it('lets those who wait go without a wait once the budget is lifted', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 1);
    await pacing.spend(1000);
    const waiting = pacing.spend(1);

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
    await pacing.spend(1000, check);
    const waiting = [pacing.spend(1, check), pacing.spend(1, check)].map((spending) => spending.catch(({ message }) => message));

    await clock.advance(5000);
    halted = true;

    expect(await clock.until(Promise.all(waiting))).toEqual(['halted', 'halted']);
    expect(clock.now).toBeLessThanOrEqual(7000);
  });
});

describe('pacing after throttling', () => {
  it('halves the rate, from what was sent where there is no budget', () => {
    const clock = new FakeClock();
    const limited = new Pacing(clock, 100);
    const unlimited = new Pacing(clock, Number.POSITIVE_INFINITY);

    limited.throttled(1000);
    unlimited.throttled(1000);

    expect([limited.rate, unlimited.rate]).toEqual([50, 500]);
  });

  it('takes one burst of throttles as one signal, and the next second as another, and never stands still', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 100);
    for (let n = 0; n < 10; n++) pacing.throttled(1000);
    expect(pacing.rate).toBe(50);

    for (let second = 0; second < 20; second++) {
      await clock.advance(1000);
      pacing.throttled(1000);
    }
    expect(pacing.rate).toBeGreaterThanOrEqual(1);
    expect(pacing.rate).toBeLessThan(5);
  });

  it('is back at its budget within about a minute, and never above it', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 120);
    pacing.throttled(1000);

    const rates: number[] = [];
    for (let second = 0; second < 90; second++) {
      await clock.advance(1000);
      await clock.until(pacing.spend(0));
      rates.push(pacing.rate);
    }

    expect(rates).toEqual(rates.toSorted((a, b) => a - b));
    expect(rates[5]).toBeLessThan(90);
    expect(rates[60]).toBe(120);
    expect(Math.max(...rates)).toBe(120);
  });

  it('keeps below the lowered rate', async () => {
    const clock = new FakeClock();
    const pacing = new Pacing(clock, 100);
    const { spend, spent } = spender(clock, pacing);
    pacing.throttled(1000);

    await clock.until(Promise.all(Array.from({ length: 10 }, () => spend(5))));

    expect(mostInOneSecond(spent)).toBeLessThanOrEqual(55);
  });
});
