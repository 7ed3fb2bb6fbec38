import { describe, expect, it } from 'vitest';
import { type Counters, sumCounters } from '../../../../../core/ledger/counters.ts';
import { chargedTable } from '../../../../../core/segment/pacing/charged-table.ts';
import { Pacing } from '../../../../../core/segment/pacing/pacing.ts';
import { type SeedChunk, type SeedPort, seedItems } from '../../../../../core/segment/seed-items.ts';
import { ChangeTokens } from '../../../../../core/segment/writes/change-tokens.ts';
import type { Image } from '../../../../../core/values/attribute-value.ts';
import { keyText } from '../../../../../core/values/table-shape.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { MemorySegment } from '../../../../support/memory-segment.ts';
import { usersShape } from '../../../../support/transformations.ts';

const seeds: Image[] = Array.from({ length: 50 }, (_, n) => ({ id: { S: `s${n}` } }));
const gate = { waitUntilMayWrite: async () => {}, mayWriteNow: () => true };

describe('seeds', () => {
  it('are paid from the budget at the price of transactions, and inserted little by little where it is small', async () => {
    const clock = new FakeClock();
    const inserted: { at: number; count: number }[] = [];
    let position = 0;
    const port = {
      position: async () => position,
      inserted: async () => new Set<number>(),
      insert: async (images: readonly Image[], chunk: SeedChunk) => {
        inserted.push({ at: clock.now, count: images.length });
        position = chunk.from + chunk.images.length;
        return { kind: 'done' as const };
      },
    };

    const counted: Partial<Counters>[] = [];
    const count = (counters: Partial<Counters>) => counted.push(counters);
    await clock.until(seedItems(seeds, { port, shape: usersShape, gate, clock, writes: new Pacing(clock, 40), count }));

    expect(sumCounters(counted)).toMatchObject({ inserted: 50, differing: 0, writeUnits: 100 });
    expect(inserted.map(({ count }) => count)).toEqual([10, 10, 10, 10, 10]);
    expect(inserted.map(({ at }) => at)).toEqual([500, 1000, 1500, 2000, 2500]);
  });
});

describe('seeds under a limit of changes', () => {
  /** Inserts 50 seeds, of which some keys are taken, under a limit that two workers share. */
  async function seedUnder(items: number, taken: readonly string[] = []) {
    const clock = new FakeClock();
    const inserted: string[] = [];
    const counted: Partial<Counters>[] = [];
    const claims = { claimed: 0, max: items };
    let position = 0;
    const tokens = new ChangeTokens({
      run: 'r1',
      limit: { items, since: 'then' },
      workers: 2,
      ofSegment: items,
      port: {
        claim: async (_run, _limit, count) => {
          const claimed = claims.claimed + count <= claims.max ? count : 0;
          claims.claimed += claimed;
          return { claimed, left: claims.max - claims.claimed };
        },
        giveBack: async (_run, _limit, count) => {
          claims.claimed -= count;
        },
      },
    });
    const port: SeedPort = {
      position: async () => position,
      inserted: async () => new Set<number>(),
      insert: async (images, chunk) => {
        const keys = images.map((image) => keyText(image));
        if (keys.some((key) => taken.includes(key)))
          return { kind: 'taken', images: images.map((image, n) => (taken.includes(keys[n] ?? '') ? image : undefined)) };
        inserted.push(...keys);
        position = chunk.from + chunk.images.length;
        return { kind: 'done' };
      },
    };
    const count = (counters: Partial<Counters>) => counted.push(counters);
    const seeding = seedItems(seeds, { port, shape: usersShape, gate, clock, writes: new Pacing(clock, 10_000), tokens, count });
    const error: unknown = await clock.until(seeding.catch((thrown: unknown) => thrown));
    await tokens.leave();
    return { error, inserted, counted: sumCounters(counted).inserted, claimed: claims.claimed };
  }

  it('are inserted up to the limit, and those that are inserted are counted', async () => {
    const { error, ...seeded } = await seedUnder(20);

    expect(error).toMatchObject({ name: 'Halted', message: 'pauseAfter' });
    expect(seeded).toMatchObject({ counted: 20, claimed: 20 });
    expect(seeded.inserted).toEqual(seeds.slice(0, 20).map(keyText));
  });

  it('use no token if their keys are taken', async () => {
    const { error, ...seeded } = await seedUnder(
      60,
      [1, 2, 30].map((n) => keyText({ id: { S: `s${n}` } })),
    );

    expect(error).toBeUndefined();
    expect(seeded).toMatchObject({ counted: 47, claimed: 47 });
  });
});

describe('a charged table', () => {
  it('charges reads of single items, and what is put back, to what comes after them', async () => {
    const clock = new FakeClock();
    const [reads, writes] = [new Pacing(clock, 10), new Pacing(clock, 10)];
    const item: Image = { id: { S: 'u1' }, text: { S: 'x'.repeat(10_000) } };
    const segment = new MemorySegment([item]);
    const table = chargedTable({ ...segment.table, putBack: async () => 'written' }, usersShape, reads, writes);

    await table.readItem({ id: { S: 'u1' } });
    await table.putBack(item, () => true);

    expect(clock.now).toBe(0);
    const readAt = clock.until(reads.pay(1)).then(() => clock.now);
    // Three units for 10 KB read strongly consistent, and one more.
    expect(await readAt).toBe(400);
    await clock.until(writes.pay(1));
    // Twice ten units for a transaction, and one more.
    expect(clock.now).toBe(2100);
  });
});
