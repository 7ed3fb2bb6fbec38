import { describe, expect, it } from 'vitest';
import type { Change } from '../../../../core/change/change.ts';
import { AttributeCounts, mergeAttributeCounts } from '../../../../core/ledger/attribute-counts.ts';

function update(set: readonly string[], remove: readonly string[] = []): Change {
  return {
    item: { kind: 'update', set: Object.fromEntries(set.map((name) => [name, { S: 'secret' }])), remove },
    inserts: [],
  };
}

describe('changes by attribute', () => {
  it('are counted by name, apart from values', () => {
    const counts = new AttributeCounts();
    counts.count(update(['first', 'last'], ['name']));
    counts.count(update(['first']));
    counts.count({ item: { kind: 'delete' }, inserts: [] });
    expect(counts.all).toEqual([
      { name: 'first', set: 2, removed: 0 },
      { name: 'last', set: 1, removed: 0 },
      { name: 'name', set: 0, removed: 1 },
    ]);
  });

  it('go on from a checkpoint, and leave it as it was', () => {
    const before = [{ name: 'first', set: 5, removed: 0 }];
    const counts = new AttributeCounts(before);
    counts.count(update(['first', '__proto__x']));
    expect(counts.all).toEqual([
      { name: 'first', set: 6, removed: 0 },
      { name: '__proto__x', set: 1, removed: 0 },
    ]);
    expect(before).toEqual([{ name: 'first', set: 5, removed: 0 }]);
  });

  it('are bounded, whatever names there are, without losing a change', () => {
    const counts = new AttributeCounts();
    counts.count(update(Array.from({ length: 100 }, (_, n) => `a${n}`)));
    counts.count(update(['x'.repeat(60_000)]));
    expect(counts.all).toHaveLength(21);
    expect(counts.all.at(-1)).toEqual({ name: '', set: 81, removed: 0 });
  });

  it('of several segments add up, the most frequent first and the rest last', () => {
    const many = Array.from({ length: 20 }, (_, n) => ({ name: `a${n}`, set: 2, removed: 0 }));
    const merged = mergeAttributeCounts([
      many,
      undefined,
      [
        { name: 'b', set: 50, removed: 1 },
        { name: '', set: 900, removed: 0 },
      ],
    ]);
    expect(merged).toHaveLength(21);
    expect(merged[0]).toEqual({ name: 'b', set: 50, removed: 1 });
    expect(merged.at(-1)).toEqual({ name: '', set: 902, removed: 0 });
  });
});
