import { describe, expect, it } from 'vitest';
import type { Declared } from '../../../../core/transformation/contract.ts';
import { footprintOf, namesOf, onlyAdds } from '../../../../core/transformation/footprint.ts';

const declared: Declared = { adds: ['added'], overwrites: ['overwritten'], removes: ['removed'], inserts: false, deletes: false };
const nothing: Declared = { adds: [], overwrites: [], removes: [], inserts: false, deletes: false };

describe('a footprint', () => {
  it('is what the file declares, on the way up', () => {
    expect(footprintOf(declared, 'up')).toEqual({
      fills: new Set(['added']),
      sets: new Set(['overwritten']),
      removes: new Set(['removed']),
      inserts: false,
      deletes: false,
      declared,
      direction: 'up',
    });
  });

  it('is its mirror on the way down: what was added goes, what was removed comes back where it is missing', () => {
    expect(footprintOf(declared, 'down')).toEqual({
      fills: new Set(['removed']),
      sets: new Set(['overwritten']),
      removes: new Set(['added', 'overwritten']),
      inserts: false,
      deletes: false,
      declared,
      direction: 'down',
    });
  });

  it('puts back over other values on the way down what is in overwrites and in removes', () => {
    const both = footprintOf({ ...nothing, overwrites: ['a'], removes: ['a', 'b'] }, 'down');

    expect(both).toMatchObject({ fills: new Set(['b']), sets: new Set(['a']), removes: new Set(['a']) });
  });

  it('turns inserts and deletes round on the way down', () => {
    for (const [inserts, deletes] of [
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      expect(footprintOf({ ...nothing, inserts, deletes }, 'up')).toMatchObject({ inserts, deletes });
      expect(footprintOf({ ...nothing, inserts, deletes }, 'down')).toMatchObject({ inserts: deletes, deletes: inserts });
    }
  });

  it('names every attribute in it, the same ones in both directions', () => {
    for (const direction of ['up', 'down'] as const)
      expect([...namesOf(footprintOf(declared, direction))].sort()).toEqual(['added', 'overwritten', 'removed']);
  });
});

describe('a version only adds', () => {
  it('where nothing else is declared', () => {
    expect(onlyAdds({ ...nothing, adds: ['a'] })).toBe(true);
    expect(onlyAdds(nothing)).toBe(true);
  });

  it.each<Partial<Declared>>([{ overwrites: ['a'] }, { removes: ['a'] }, { inserts: true }, { deletes: true }])('not with %o', (more) => {
    expect(onlyAdds({ ...nothing, adds: ['b'], ...more })).toBe(false);
  });
});
