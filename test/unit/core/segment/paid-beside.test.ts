import { describe, expect, it } from 'vitest';
import { chargedTable } from '../../../../core/segment/metered-table.ts';
import { Pacing } from '../../../../core/segment/pacing.ts';
import { type SeedChunk, seedItems } from '../../../../core/segment/seed-items.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemorySegment } from '../../../support/memory-segment.ts';
import { usersShape } from '../../../support/transformations.ts';

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

    const counters = await clock.until(seedItems(seeds, { port, shape: usersShape, gate, clock, writes: new Pacing(clock, 40) }));

    expect(counters).toEqual({ inserted: 50, differing: 0, writeUnits: 100 });
    expect(inserted.map(({ count }) => count)).toEqual([10, 10, 10, 10, 10]);
    expect(inserted.map(({ at }) => at)).toEqual([500, 1000, 1500, 2000, 2500]);
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
