import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ItemError } from '../../../../core/errors.ts';
import { type Checkpoint, takeOver } from '../../../../core/ledger/checkpoint.ts';
import { outcomes } from '../../../../core/ledger/counters.ts';
import { SegmentProgress } from '../../../../core/segment/segment-progress.ts';
import type { SettledItem } from '../../../../core/segment/settle-item.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { usersShape } from '../../../support/transformations.ts';

function fresh(): Checkpoint {
  return takeOver({ run: 'r1', pass: 1, segment: 0 }, { sequence: 3, checksum: 'c' }, undefined);
}

/** Item n of the segment; its attribute is no part of its key. */
function item(n: number): Image {
  return { id: { S: `u${n}` }, name: { S: 'x' } };
}

function key(n: number): Image {
  return { id: { S: `u${n}` } };
}

const error = new ItemError('TooWide', 'x');

const settledArbitrary: fc.Arbitrary<SettledItem> = fc
  .record({
    outcome: fc.constantFrom(...outcomes),
    inserted: fc.nat(3),
    deleted: fc.nat(1),
    differing: fc.nat(1),
    writeUnits: fc.nat(400),
  })
  .map((settled) => (settled.outcome === 'failed' ? { ...settled, error } : settled));

/** Pages by their sizes, what becomes of each item, and the order in which they settle. */
const segment = fc.array(fc.nat(5), { minLength: 1, maxLength: 5 }).chain((sizes) => {
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const order = fc.shuffledSubarray([...Array(count).keys()], { minLength: count });
  return fc.record({ sizes: fc.constant(sizes), order, results: fc.array(settledArbitrary, { minLength: count, maxLength: count }) });
});

describe('the progress of a segment', () => {
  it.each([1, 2])('counts no tries any more once the position has moved past item %i of 2', (settled) => {
    const progress = new SegmentProgress({ shape: usersShape, dryRun: false }, fresh());
    const record = progress.open({ images: [item(0), item(1)], position: key(1), readUnits: 1 });
    expect(progress.checkpoint.tries).toEqual({ count: 1, since: 0 });

    for (let n = 0; n < settled; n++) record(n, { outcome: 'unchanged' });

    expect(progress.checkpoint).toMatchObject({ position: key(settled - 1), tries: undefined });
  });

  it('never passes an item that is not settled, counts each item before it once, and ends at the end, in whatever order items settle', () => {
    fc.assert(
      fc.property(segment, ({ sizes, order, results }) => {
        const progress = new SegmentProgress({ shape: usersShape, dryRun: false }, fresh());
        const settle: ((settled: SettledItem) => void)[] = [];
        let first = 0;
        for (const [page, size] of sizes.entries()) {
          const from = first;
          const images = Array.from({ length: size }, (_, index) => item(from + index));
          first += size;
          // DynamoDB names a position of its own where a page ends, which need not be that of its last item.
          const opened = progress.open({
            images,
            position: page === sizes.length - 1 ? undefined : { id: { S: `end of ${page}` } },
            readUnits: 2,
          });
          settle.push(...images.map((_, index) => (settled: SettledItem) => opened(index, settled)));
        }
        const ends = sizes.map((_, page) => sizes.slice(0, page + 1).reduce((sum, size) => sum + size, 0));
        const done = new Set<number>();
        const failures: unknown[] = [];
        const check = (): void => {
          let gapless = 0;
          while (done.has(gapless)) gapless++;
          const page = ends.findLastIndex((end) => end <= gapless);
          const atEndOf = ends[page] === gapless || gapless === 0;
          const { position, counters, done: finished } = progress.checkpoint;

          const counted = results.slice(0, gapless);
          for (const outcome of outcomes) expect(counters[outcome]).toBe(counted.filter((settled) => settled.outcome === outcome).length);
          for (const name of ['inserted', 'deleted', 'differing', 'writeUnits'] as const)
            expect(counters[name]).toBe(counted.reduce((sum, settled) => sum + (settled[name] ?? 0), 0));
          expect(counters.scanned).toBe(gapless);
          expect(counters.readUnits).toBe(2 * (page + 1));
          expect(finished).toBe(page === sizes.length - 1);
          if (finished) expect(position).toBeUndefined();
          else if (atEndOf) expect(position).toEqual(page === -1 ? undefined : { id: { S: `end of ${page}` } });
          else expect(position).toEqual(key(gapless - 1));
          expect(progress.openPages).toBe(sizes.length - 1 - page);
          failures.push(...progress.failures);
          progress.forgetFailures(progress.failures.length);
          expect(failures).toEqual(counted.flatMap((settled, n) => (settled.error ? [{ key: key(n), error }] : [])));
        };

        check();
        for (const n of order) {
          settle[n]?.(results[n] as SettledItem);
          done.add(n);
          check();
        }
        expect(progress.checkpoint.done).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('goes on counting from the checkpoint it was given', () => {
    const before = { ...fresh(), position: key(6), counters: { ...fresh().counters, scanned: 7, changed: 7 } };
    const progress = new SegmentProgress({ shape: usersShape, dryRun: false }, before);

    progress.open({ images: [item(7)], position: key(7), readUnits: 1 })(0, { outcome: 'unchanged' });

    expect(progress.checkpoint).toMatchObject({ position: key(7), counters: { scanned: 8, changed: 7, unchanged: 1, readUnits: 1 } });
  });

  it('is done where the segment is empty', () => {
    const progress = new SegmentProgress({ shape: usersShape, dryRun: false }, fresh());

    progress.open({ images: [], position: undefined, readUnits: 0.5 });

    expect(progress.checkpoint).toMatchObject({ done: true, position: undefined, counters: { scanned: 0, readUnits: 0.5 } });
  });

  it('is not done after an empty page with a position, as a filtered or skewed scan gives', () => {
    const progress = new SegmentProgress({ shape: usersShape, dryRun: false }, fresh());

    progress.open({ images: [], position: key(9), readUnits: 0.5 });

    expect(progress.checkpoint).toMatchObject({ done: false, position: key(9) });
  });

  it('is dirty and signed off only when it is told, and stays so', () => {
    const progress = new SegmentProgress({ shape: usersShape, dryRun: false }, fresh());
    expect(progress.checkpoint).toMatchObject({ dirty: false, signedOff: false });

    progress.markDirty();
    progress.open({ images: [item(1)], position: undefined, readUnits: 1 })(0, { outcome: 'changed' });
    expect(progress.checkpoint).toMatchObject({ dirty: true, signedOff: false, done: true });

    progress.signOff();
    expect(progress.checkpoint).toMatchObject({ dirty: true, signedOff: true, done: true });
  });

  it('hands out a checkpoint that does not change afterwards, as it may be on its way to the ledger', () => {
    const progress = new SegmentProgress({ shape: usersShape, dryRun: false }, fresh());
    const settle = progress.open({ images: [item(1), item(2)], position: undefined, readUnits: 1 });
    settle(0, { outcome: 'changed' });
    const saved = progress.checkpoint;

    settle(1, { outcome: 'changed' });

    expect(saved).toMatchObject({ done: false, position: key(1), counters: { scanned: 1 } });
  });
});
