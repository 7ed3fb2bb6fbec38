import { describe, expect, it } from 'vitest';
import type { Look } from '../../../../core/transformation/look.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import { controlOf } from '../../../support/control-record.ts';
import { MemoryLookups } from '../../../support/memory-lookups.ts';
import { MemorySegment } from '../../../support/memory-segment.ts';
import { type File, usersShape } from '../../../support/transformations.ts';

const items = Array.from({ length: 200 }, (_, n) => ({ id: `u${n}` }));

function segmentWith(readUnits?: number) {
  const segment = new MemorySegment(items.map((item) => encodeItem(item)));
  const control = controlOf();
  segment.control = { ...control, shape: usersShape, budget: { ...control.budget, ...(readUnits ? { readUnits } : {}), workers: 1 } };
  return { segment, lookups: new MemoryLookups().add(usersShape, items) };
}

/** Catches whatever a look-up throws, and then leaves the item. */
const catching: File = {
  adds: ['found'],
  transformUp: async (item: { id: string }, { look }: { look: Look }) => {
    const found = await look.self.get({ id: item.id }).catch(() => undefined);
    return found ? { ...item, found: found['id'] } : undefined;
  },
};

describe('a worker whose functions look things up', () => {
  it('counts their read units beside those of its pages, and asks for many items in one request', async () => {
    const { segment, lookups } = segmentWith();

    await segment.work(catching, { lookups });

    const pages = segment.log.filter((operation) => operation === 'read').length;
    expect(segment.checkpoint?.counters).toMatchObject({ scanned: 200, changed: 200, readUnits: pages + 200 });
    expect(lookups.gets.map(({ keys }) => keys.length)).toEqual([100, 100]);
  });

  it('says in its checkpoint that they look other items of the table up, as what the pass changes can matter to those before', async () => {
    const [looking, plain] = [segmentWith(), segmentWith()];

    await looking.segment.work(catching, { lookups: looking.lookups });
    await plain.segment.work(
      { adds: ['found'], transformUp: (item: { id: string }) => ({ ...item, found: 1 }) },
      { lookups: plain.lookups },
    );

    expect([looking.segment.checkpoint?.mayReadOwn, plain.segment.checkpoint?.mayReadOwn]).toEqual([true, undefined]);
  });

  it('spends no more on them than the read budget', async () => {
    const { segment, lookups } = segmentWith(50);

    await segment.work(catching, { lookups });

    expect(segment.checkpoint?.counters).toMatchObject({ changed: 200 });
    // 200 units at 50 a second, of which half a second may be saved up.
    expect(segment.clock.now).toBeGreaterThanOrEqual(3500);
    expect(Math.max(...lookups.gets.map(({ keys }) => keys.length))).toBeLessThanOrEqual(25);
  });

  it('takes no item for unchanged whose look-up a pause has ended, also if the function catches that', async () => {
    const { segment, lookups } = segmentWith(20);
    const { control } = segment;
    segment.before = (operation) => {
      if (operation === 'control' && control && segment.clock.now > 3000)
        segment.control = { ...control, marks: { ...control.marks, paused: { by: 'ann', since: '2030-01-01T00:00:00.000Z' } } };
    };

    await segment.work(catching, { lookups });

    const { counters, done } = segment.checkpoint ?? {};
    expect(done).toBe(false);
    expect(counters?.changed).toBeGreaterThan(0);
    expect(counters).toMatchObject({ unchanged: 0, failed: 0, scanned: counters?.changed });
  });

  it('ends its segment if a table may not be read', async () => {
    const { segment, lookups } = segmentWith();
    lookups.answer = () => Promise.reject(Object.assign(new Error('denied'), { name: 'AccessDeniedException' }));

    await expect(segment.work(catching, { lookups })).rejects.toThrow('denied');
    expect(segment.checkpoint?.counters).toMatchObject({ unchanged: 0, failed: 0 });
  });
});
