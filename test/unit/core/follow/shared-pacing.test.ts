import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SimulatedTime } from '../../../../bench/simulated/simulated-time.ts';
import { SharedPacing, type SharedUnitsPort } from '../../../../core/follow/shared-pacing.ts';

/** The ledger's record, which answers after a while. */
function ledger(time: SimulatedTime): SharedUnitsPort {
  let given: number | undefined;
  return {
    give: async (read, until) => {
      await time.wait(2 + time.random() * 20);
      const isGiven = given === read;
      if (isGiven) given = until;
      await time.wait(2 + time.random() * 20);
      return { isGiven, until: isGiven ? until : given };
    },
  };
}

interface Container {
  /** When it is called first, and for the last time, in milliseconds. */
  from: number;
  to: number;
  /** Units of a request, as estimated, and how many times that it consumes. */
  price: number;
  factor: number;
}

/** Containers that spend as much as they may. @returns when how many units were spent */
async function spend(units: number, containers: readonly Container[], seed: number): Promise<{ at: number; units: number }[]> {
  const time = new SimulatedTime(seed);
  const port = ledger(time);
  const spent: { at: number; units: number }[] = [];
  await time.until(
    Promise.all(
      containers.map(async ({ from, to, price, factor }) => {
        await time.wait(from);
        const pacing = new SharedPacing(time.clock, units, port);
        while (time.now < to) {
          const paid = await pacing.pay(Math.min(price, pacing.maxAffordable));
          spent.push({ at: time.now, units: paid * factor });
          pacing.correct(paid, paid * factor);
        }
      }),
    ),
  );
  return spent;
}

const seconds = 40;

const container: fc.Arbitrary<Container> = fc
  .record({
    from: fc.integer({ min: 0, max: 20_000 }),
    lasts: fc.integer({ min: 1000, max: 20_000 }),
    price: fc.constantFrom(1, 5, 25),
    factor: fc.constantFrom(0.5, 1, 1, 2),
  })
  .map(({ lasts, ...rest }) => ({ ...rest, to: rest.from + lasts }));

it('never spends more than the units of the table in ten seconds, however many containers come and go', async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(20, 100, 400),
    fc.array(container, { minLength: 1, maxLength: 12 }),
    fc.nat(),
    async (units, containers, seed) => {
      const spent = await spend(units, containers, seed);
      // What a request costs beyond its estimate is taken with the next one.
      const ahead = containers.reduce((sum, { price, factor }) => sum + 2 * Math.min(price, units / 2) * factor, 0);
      for (let from = 0; from < seconds * 1000; from += 500) {
        const inWindow = spent.reduce((sum, { at, units: each }) => sum + (at >= from && at < from + 10_000 ? each : 0), 0);
        expect(inWindow).toBeLessThanOrEqual(units * 10 + ahead);
      }
    },
  );

  await fc.assert(property, { numRuns: 60, seed: 1 });
});

it.each([1, 4])('uses nearly all units with %i containers that have something to do', async (count) => {
  const containers = Array.from({ length: count }, () => ({ from: 0, to: 20_000, price: 25, factor: 1 }));

  const spent = await spend(100, containers, 1);

  expect(spent.reduce((sum, { units }) => sum + units, 0)).toBeGreaterThan(0.9 * 100 * 20);
});

it('gives the units of a container that ended to the others at once', async () => {
  const short = { from: 0, to: 5000, price: 25, factor: 1 };
  const spent = await spend(100, [short, short, short, { ...short, to: 20_000 }], 1);

  expect(spent.reduce((sum, { at, units }) => sum + (at >= 6000 && at < 16_000 ? units : 0), 0)).toBeGreaterThan(900);
});

it('takes nothing, and waits for nothing, if what it paid before was too much', async () => {
  const time = new SimulatedTime(1);
  const taken: number[] = [];
  const pacing = new SharedPacing(time.clock, 100, {
    give: async (read, until) => {
      taken.push(until - Math.max(time.now, read ?? 0));
      return { isGiven: true, until };
    },
  });
  await time.until(
    (async () => {
      pacing.correct(await pacing.pay(25), 5);
      await pacing.pay(10);
      await pacing.pay(15);
    })(),
  );

  expect(taken).toEqual([250, 0, 50]);
});

it('takes the time for a request anew if the ledger failed to give it', async () => {
  const time = new SimulatedTime(1);
  const taken: number[] = [];
  const pacing = new SharedPacing(time.clock, 100, {
    give: async (read, until) => {
      if (taken.length === 1 && read !== undefined && !hasFailed) {
        hasFailed = true;
        throw new Error('the ledger does not answer');
      }
      taken.push(until - Math.max(time.now, read ?? 0));
      return { isGiven: true, until };
    },
  });
  let hasFailed = false;
  await time.until(
    (async () => {
      await pacing.pay(25);
      await expect(pacing.pay(25)).rejects.toThrow('the ledger does not answer');
      await pacing.pay(25);
    })(),
  );

  expect(taken).toEqual([250, 250]);
});
