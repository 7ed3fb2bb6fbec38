import { expect, it } from 'vitest';
import { scatter } from '../../../../core/run/map-size.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { MemoryRun } from '../../../support/memory-run.ts';
import type { File } from '../../../support/transformations.ts';

const addFirst: File = { adds: ['first'], transformUp: (item: Item) => ({ ...item, first: 'Grace' }) };
const segments = 4;

/**
 * Promise P4: at the time of the last pass, all is done. If the second pass read only the segments that were dirty in the first one, it would not hold:
 *
 *     run                                             old code, until its deploy is over
 *     ---                                             ----------------------------------
 *     pass 1 reads segment A: clean
 *                                                     writes an item of the old shape in segment A
 *     pass 1 changes items in segment B: dirty
 *     pass 2 reads segment B: clean
 *     applied, with an item of the old shape
 */
it('brings up what old code writes into a segment after the first pass found it clean', async () => {
  const items = Array.from({ length: 40 }, (_, n): Image => ({ id: { S: `u${n}` }, name: { S: 'Grace Hopper' } }));
  const [first = 0] = scatter(segments);
  let written: string | undefined;
  const run = new MemoryRun(items, addFirst, {
    segments,
    seed: 3,
    control: { budget: { maxConcurrency: 1, workers: 1 } },
    answers: () => {
      // The first segment was read to its end: one worker takes one segment after the other.
      const [key, image] = [...run.table].find(([, each]) => isIn(first, each)) ?? [];
      if (written === undefined && key !== undefined && image) {
        written = key;
        run.table.set(key, { id: image['id'] ?? { S: '' }, name: { S: 'Ada King' } });
      }
      return undefined;
    },
  });
  const isIn = (segment: number, image: Image): boolean => run.countBySegment((each) => each === image)[segment] === 1;
  for (const [key, image] of run.table) if (isIn(first, image)) run.table.set(key, { ...image, first: { S: 'Grace' } });

  expect(await run.go()).toBe('succeed');

  expect(run.table.get(written ?? '')).toMatchObject({ name: { S: 'Ada King' }, first: { S: 'Grace' } });
  expect([...run.table.values()].every(({ first: added }) => added !== undefined)).toBe(true);
});
