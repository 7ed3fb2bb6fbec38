import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkText, insertedIn } from '../../../aws/table/inserted-seeds.ts';
import type { Image } from '../../../core/values/attribute-value.ts';
import { usersShape } from '../../support/transformations.ts';

const shape = usersShape;

function seedsOf(count: number): Image[] {
  return Array.from({ length: count }, (_, n) => ({ id: { S: `s${n}` } }));
}

describe('what the ledger keeps of inserted seeds', () => {
  it('tells exactly which were inserted, for any chunks', () => {
    const chunks = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 99 }), { maxLength: 5 });
    fc.assert(
      fc.property(chunks, (flags) => {
        const seeds = seedsOf(flags.flat().length);
        let from = 0;
        const texts = flags.map((chunk) => {
          const images = seeds.slice(from, from + chunk.length);
          const text = chunkText(
            shape,
            { from, images },
            images.filter((_, index) => chunk[index]),
          );
          from += chunk.length;
          return text;
        });
        const expected = flags.flat().flatMap((wasInserted, index) => (wasInserted ? [index] : []));
        expect([...insertedIn(texts, from, { shape, seeds })].sort((a, b) => a - b)).toEqual(expected);
      }),
    );
  });

  it('takes 50 characters for 99 seeds', () => {
    const images = seedsOf(99);
    expect(chunkText(shape, { from: 9900, images }, images).length).toBeLessThanOrEqual(55);
  });

  it('is nothing if the version inserted none, as a baselined one', () => {
    expect(insertedIn([], 0, { shape, seeds: seedsOf(2) }).size).toBe(0);
  });

  it('is every seed before the position, if it was written before chunks were recorded', () => {
    expect([...insertedIn([], 2, { shape, seeds: seedsOf(3) })]).toEqual([0, 1]);
  });

  it('is no seed of a chunk whose keys are others by now', () => {
    const images = seedsOf(2);
    const text = chunkText(shape, { from: 0, images }, images);
    expect(insertedIn([text], 2, { shape, seeds: [{ id: { S: 'new' } }, ...images] }).size).toBe(0);
  });
});
