import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterUpdate, type Change } from '../../../../core/change/change.ts';
import { changeIndexUnits, changeUnits, indexUnits, insertUnits, tableUnits } from '../../../../core/change/change-units.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { writeUnits } from '../../../../core/values/item-size.ts';
import type { Index, TableShape } from '../../../../core/values/table-shape.ts';

const whole: Index = { name: 'I', kind: 'global', keys: ['k'], projected: 'all' };
const narrow: Index = { ...whole, keys: ['k', 'l'], projected: ['p'] };
const shape: TableShape = { name: 'T', keys: [{ name: 'id', type: 'S' }], indexKeys: { k: 'S', l: 'S' }, indexes: [whole, narrow] };

function item(attributes: Record<string, string>): Image {
  return Object.fromEntries(Object.entries({ id: 'x', ...attributes }).map(([name, S]) => [name, { S }]));
}

describe('an index', () => {
  it.each([
    ['is not written where the item stays out of it', whole, item({}), item({ a: '1' }), 0],
    ['takes the item in', whole, item({}), item({ k: '1' }), 1],
    ['lets it go', whole, item({ k: '1' }), item({}), 1],
    ['moves it, in two writes', whole, item({ k: '1' }), item({ k: '2' }), 2],
    ['changes what it projects', narrow, item({ k: '1', l: '1', p: '1' }), item({ k: '1', l: '1', p: '2' }), 1],
    ['is not written for what it does not project', narrow, item({ k: '1', l: '1', a: '1' }), item({ k: '1', l: '1', a: '2' }), 0],
    ['costs by size', whole, item({}), item({ k: '1', a: 'x'.repeat(3000) }), 3],
    ['loses a deleted item', whole, item({ k: '1' }), undefined, 1],
    ['gains an inserted one', whole, undefined, item({ k: '1' }), 1],
  ])('%s', (_, index, before, after, units) => {
    expect(indexUnits(before, after, index, shape)).toBe(units);
  });
});

describe('a change', () => {
  const attributes = fc.dictionary(
    fc.constantFrom('a', 'k', 'l', 'p'),
    fc.oneof(
      fc.constantFrom('1', '2'),
      fc.nat(4000).map((length) => 'x'.repeat(length)),
    ),
    { maxKeys: 4 },
  );
  const changes = fc.record({
    set: attributes.map((chosen) => {
      const { id: _, ...set } = item(chosen);
      return set;
    }),
    remove: fc.subarray(['a', 'k', 'l', 'p']),
  });

  it('costs in each index what the item before and after it differ there', () => {
    fc.assert(
      fc.property(attributes.map(item), changes, (before, { set, remove: removed }) => {
        const remove = removed.filter((name) => !(name in set));
        const change: Change = { item: { kind: 'update', set, remove }, inserts: [] };
        const after = afterUpdate(before, set, remove);

        expect(tableUnits(before, change)).toBe(writeUnits(before, after));
        for (const index of shape.indexes)
          expect(changeIndexUnits(before, change, index, shape)).toBe(indexUnits(before, after, index, shape));
        const inIndexes = shape.indexes.reduce((sum, index) => sum + indexUnits(before, after, index, shape), 0);
        expect(changeUnits(before, change, shape)).toBe(writeUnits(before, after) + inIndexes);
      }),
    );
  });

  it('costs a delete in each index that holds the item', () => {
    const change: Change = { item: { kind: 'delete' }, inserts: [] };
    expect(changeUnits(item({ k: '1', l: '1' }), change, shape)).toBe(3);
    expect(changeUnits(item({ k: '1' }), change, shape)).toBe(2);
    expect(changeUnits(item({ a: '1' }), change, shape)).toBe(1);
  });

  it('costs double in a transaction, and once in each index that an inserted item comes into', () => {
    const inserts = [item({ k: '1', l: '1' }), item({ k: '1' })];
    expect(insertUnits(inserts, shape)).toBe(2 * 2 + 3);
    expect(changeUnits(item({}), { item: { kind: 'delete' }, inserts }, shape)).toBe(2 * 3 + 3);
  });
});
