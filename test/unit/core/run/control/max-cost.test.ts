import { describe, expect, it } from 'vitest';
import { claimsOfCost, costOf, isUsedUp, type MaxCost } from '../../../../../core/ledger/limits/max-cost.ts';
import { maxCostFor } from '../../../../../core/run/starting/max-cost-for.ts';
import type { TokenPort } from '../../../../../core/segment/writes/change-tokens.ts';
import type { Item } from '../../../../../core/transformation/contract.ts';
import type { Image } from '../../../../../core/values/attribute-value.ts';
import { withFields } from '../../../../support/control-record.ts';
import { MemoryRun, type MemoryRunOptions } from '../../../../support/memory-run.ts';
import type { File } from '../../../../support/transformations.ts';

const addFirst: File = { adds: ['first'], transformUp: (item: Item) => ({ ...item, first: 'Grace' }) };
const since = '2030-01-01T00:00:00.000Z';
/** A write costs 0.01, a read next to nothing: the first page of a worker is estimated at 128 units. */
const prices = { millionWriteUnits: 10_000, millionReadUnits: 1, lambdaGigabyteSecond: 0, thousandTransitions: 0 };

function limitOf(amount: number): MaxCost {
  return { amount, currency: 'USD', since, prices };
}

function runOf(items: number, amount: number, options: Partial<MemoryRunOptions> = {}): MemoryRun {
  const { segments = 40, seed = 1, ...more } = options;
  const images: Image[] = Array.from({ length: items }, (_, n) => ({ id: { S: `u${n}` }, name: { S: 'Grace Hopper' } }));
  const control = { marks: { maxCost: limitOf(amount), failures: 0, maxFailures: 100 } };
  return new MemoryRun(images, addFirst, { segments, seed, control, ...more });
}

/** What the table has cost, whatever the workers know of it. */
function costIn({ consumed }: MemoryRun): number {
  return costOf({ ...consumed, gigabyteSeconds: 0, transitions: 0 }, { prices }) / 1e9;
}

function changedIn({ table }: MemoryRun): number {
  return [...table.values()].filter(({ first }) => first !== undefined).length;
}

function claimedIn({ ledger }: MemoryRun, amount: number): number {
  return (ledger.claims.get(`r1#${claimsOfCost(limitOf(amount)).since}`) ?? 0) / 1e9;
}

describe('a run with maxCost', () => {
  it('pauses before it costs more, and says by what', async () => {
    const run = runOf(400, 2);

    expect(await run.go()).toBe('wait');

    expect(costIn(run)).toBeLessThanOrEqual(2);
    expect(costIn(run)).toBeGreaterThan(1.8);
    expect(changedIn(run)).toBeLessThan(400);
    expect(run.control.marks.paused).toMatchObject({ by: 'maxCost 2 USD' });
  });

  it('counts nothing as used that was neither consumed nor lost with a worker', async () => {
    const run = runOf(100, 50);
    await run.go();
    expect(claimedIn(run, 50)).toBeCloseTo(costIn(run), 6);
  });

  it.each(Array.from({ length: 50 }, (_, seed) => seed))(
    'costs no more, and comes to its pause, when workers are killed and replaced (seed %i)',
    async (seed) => {
      const run = runOf(400, 2, { seed, perils: { killed: 0.02, replaced: 0.01 } });

      expect(await run.go()).toBe('wait');

      expect(costIn(run)).toBeLessThanOrEqual(2);
      expect(claimedIn(run, 2)).toBeGreaterThanOrEqual(costIn(run) - 1e-6);
      expect(run.control.marks.paused).toMatchObject({ by: 'maxCost 2 USD' });
    },
  );

  it('pauses when it cannot afford its next request, however much is left', async () => {
    const run = runOf(20, 0.07, { segments: 1 });

    expect(await run.go()).toBe('wait');

    expect(costIn(run)).toBeLessThanOrEqual(0.07);
    expect(changedIn(run)).toBe(5);
    expect(run.control.marks.paused).toMatchObject({ by: 'maxCost 0.07 USD' });
  });

  it('comes to its end without a pause if it costs less', async () => {
    const run = runOf(100, 50);
    expect(await run.go()).not.toBe('wait');
    expect(changedIn(run)).toBe(100);
  });

  it('goes on when the limit is lifted, and to its end', async () => {
    const run = runOf(400, 2);
    await run.go();
    run.control = withFields(run.control, { marks: { paused: undefined, maxCost: undefined } });

    expect(await run.go()).not.toBe('wait');
    expect(changedIn(run)).toBe(400);
  });

  it('costs more if workers are not refused, as this test would show', async () => {
    const granting = (port: TokenPort): TokenPort => ({
      ...port,
      claim: async (_, limit, count) => ({ claimed: count, left: limit.items }),
      giveBack: async () => {},
    });
    const run = runOf(400, 2, { tokens: granting });
    await run.go();
    expect(costIn(run)).toBeGreaterThan(2);
  });
});

describe('the limit of money', () => {
  it('counts capacity, Lambda and transitions by their prices', () => {
    const list = { millionWriteUnits: 0.625, millionReadUnits: 0.125, lambdaGigabyteSecond: 0.0000133334, thousandTransitions: 0.025 };
    const consumed = { writeUnits: 1e6, readUnits: 2e6, gigabyteSeconds: 1e5, transitions: 1000 };
    expect(costOf(consumed, { prices: list }) / 1e9).toBeCloseTo(0.625 + 0.25 + 1.33334 + 0.025, 6);
  });

  it('is used up with no more than 4 % of it left', () => {
    const limit = limitOf(50);
    const { items } = claimsOfCost(limit);
    expect(isUsedUp(limit, 0.041 * items, 40)).toBe(false);
    expect(isUsedUp(limit, 0, 40)).toBe(true);
  });
});

describe('the prices of a limit', () => {
  const inRegion = (region: string): string => `arn:aws:states:${region}:123456789012:execution:dynamodt-transform-table:e1`;

  it('are the list prices in us-east-1', () => {
    expect(maxCostFor({ table: 'Users', maxCost: 50 }, inRegion('us-east-1'))).toMatchObject({
      amount: 50,
      currency: 'USD',
      prices: { millionWriteUnits: 0.625 },
    });
  });

  it('must be given for other regions and table classes', () => {
    expect(() => maxCostFor({ table: 'Users', maxCost: 50 }, inRegion('eu-central-1'))).toThrow(
      /"maxCost" needs prices, and .* in eu-central-1\. Give those of your region/,
    );
    expect(() => maxCostFor({ table: 'Users', maxCost: 50 }, inRegion('us-east-1'), 'STANDARD_INFREQUENT_ACCESS')).toThrow(/table class/);
  });

  it('are not needed without a limit', () => {
    expect(maxCostFor({ table: 'Users' }, inRegion('eu-central-1'))).toBeUndefined();
  });
});
