import { describe, expect, it } from 'vitest';
import { noCounters } from '../../../../core/ledger/counters.ts';
import { hasSecondLook } from '../../../../core/segment/second-look.ts';
import type { PageRequest } from '../../../../core/segment/table-port.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { keyText } from '../../../../core/values/table-shape.ts';
import { type ControlFields, controlOf } from '../../../support/control-record.ts';
import { MemorySegment } from '../../../support/memory-segment.ts';
import type { File } from '../../../support/transformations.ts';

function users(count: number): Image[] {
  return Array.from({ length: count }, (_, n) => ({ id: { S: `u${n}` }, name: { S: 'Grace Hopper' } }));
}

const addFirst: File = { adds: ['first'], transformUp: (item: Item) => ({ ...item, first: 'Grace' }) };

/** A table that is one segment. */
function smallTable(count: number, control: ControlFields = {}): MemorySegment {
  const segment = new MemorySegment(users(count));
  segment.control = controlOf({ totalSegments: 1, budget: { workers: 1 }, ...control });
  return segment;
}

/** Works, and tells how each page was read. */
async function readsOf(segment: MemorySegment, file = addFirst): Promise<(boolean | undefined)[]> {
  const reads: PageRequest[] = [];
  const readPage = (request: PageRequest) => {
    reads.push(request);
    return segment.table.readPage(request);
  };
  await segment.work(file, { openTable: () => ({ ...segment.table, readPage }) });
  return reads.map(({ isStrong }) => isStrong);
}

describe('a second look', () => {
  it('is taken by the worker that changed a small table, strongly consistent, and makes the pass clean', async () => {
    const segment = smallTable(60);

    expect(await readsOf(segment)).toEqual([undefined, true]);

    expect(segment.checkpoint).toMatchObject({ attempt: 1, done: true, dirty: false, signedOff: true, isSecondLook: true });
    expect(segment.checkpoint?.counters).toMatchObject({ scanned: 60, changed: 0, kept: 60 });
    expect(segment.checkpoint?.redone).toMatchObject({ scanned: 60, changed: 60, kept: 0 });
    expect(segment.checkpoint?.attributes).toEqual([{ name: 'first', set: 60, removed: 0 }]);
  });

  it('makes the pass dirty if it finds what the application wrote meanwhile, and is the last one', async () => {
    const segment = smallTable(60);
    segment.before = (operation) => {
      if (operation === 'write 10') segment.items.set(keyText({ id: { S: 'u0' } }), { id: { S: 'u0' }, name: { S: 'Ada' } });
    };

    expect(await readsOf(segment)).toEqual([undefined, true]);

    expect(segment.images.every(({ first }) => first)).toBe(true);
    expect(segment.checkpoint).toMatchObject({ done: true, dirty: true, signedOff: true, isSecondLook: true });
    expect(segment.checkpoint?.counters).toMatchObject({ scanned: 60, changed: 1, kept: 59 });
  });

  it('leaves a checkpoint that is neither clean nor signed off, if it ends at any operation', async () => {
    const operations: (string | undefined)[] = [];
    for (let endsAt = 0; ; endsAt++) {
      const segment = smallTable(60);
      let pages = 0;
      let left = endsAt;
      segment.before = (operation) => {
        if (operation === 'read') pages++;
        if (operation === 'write 10') segment.items.set(keyText({ id: { S: 'u0' } }), { id: { S: 'u0' }, name: { S: 'Ada' } });
        if (pages < 2 || left-- > 0) return;
        operations[endsAt] ??= operation;
        throw new Error('the process ends');
      };
      await segment.work(addFirst).catch(() => undefined);
      if (operations[endsAt] === undefined) break;
      expect(segment.checkpoint, operations[endsAt]).toMatchObject({ dirty: true, signedOff: false });

      segment.before = () => {};
      await segment.work(addFirst);

      // Whoever follows finds the segment done and dirty, or brings it to an end that is.
      expect(segment.checkpoint).toMatchObject({ done: true, dirty: true });
      expect(segment.images.filter(({ first }) => !first).length).toBeLessThanOrEqual(1);
    }
    expect(operations.slice(0, 3)).toEqual(['read', 'save dirty', 'write 1']);
  });

  it('goes on where another worker ended in it, and is not begun again', async () => {
    const segment = smallTable(60);
    segment.itemsPerPage = 20;
    await segment.work(addFirst);
    const [, , position] = segment.images;
    if (!segment.checkpoint) throw new Error('there is no checkpoint');
    segment.checkpoint = { ...segment.checkpoint, done: false, signedOff: false, position: { id: position?.['id'] ?? { S: '' } } };
    segment.items.set(keyText({ id: { S: 'u9' } }), { id: { S: 'u9' }, name: { S: 'Ada' } });

    expect(await readsOf(segment)).toEqual([true, true, true]);

    expect(segment.checkpoint).toMatchObject({ attempt: 2, done: true, dirty: true, isSecondLook: true });
    expect(segment.images.every(({ first }) => first)).toBe(true);
  });

  it.each<[string, ControlFields, number?]>([
    ['is not the whole table', { totalSegments: 2 }],
    ['is looked at in a dry run', { dryRun: true }],
    ['is only a part of the table', { scope: { kind: 'partitions', partitions: 1, segments: 1 } }],
    ['has more items than a page', {}, 1001],
  ])('is not taken if the segment %s', async (_, control, count = 60) => {
    const segment = smallTable(count, control);
    const only = control.scope ? { ...addFirst, only: { partitions: ['u1'] } } : addFirst;

    const reads = await readsOf(segment, only);

    expect(reads.every((isStrong) => isStrong === undefined)).toBe(true);
    expect(segment.checkpoint?.isSecondLook).toBeUndefined();
  });

  it('is not taken if the run has a limit of changes, which is shared out for one look', () => {
    const done = { done: true, dirty: true, isSecondLook: undefined, counters: noCounters() };

    expect(hasSecondLook(controlOf({ totalSegments: 1 }), done)).toBe(true);
    expect(hasSecondLook(controlOf({ totalSegments: 1, marks: { pauseAfter: { items: 100, since: 'now' } } }), done)).toBe(false);
  });

  it('is not taken if nothing was written, or an item failed', async () => {
    const unchanged = smallTable(60);
    expect(await readsOf(unchanged, { transformUp: () => {} })).toEqual([undefined]);
    expect(unchanged.checkpoint).toMatchObject({ done: true, dirty: false, signedOff: true });

    const failing = smallTable(60);
    const failsOnce: File = {
      adds: ['first'],
      transformUp: (item: Item) => {
        if (item['id'] === 'u7') throw new Error('not this one');
        return { ...item, first: 'Grace' };
      },
    };
    expect(await readsOf(failing, failsOnce)).toEqual([undefined]);
    expect(failing.checkpoint).toMatchObject({ done: true, dirty: true, signedOff: true, counters: { failed: 1 } });
  });
});
