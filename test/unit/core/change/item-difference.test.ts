import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterUpdate } from '../../../../core/change/change.ts';
import { itemDifference } from '../../../../core/change/item-difference.ts';
import type { ItemError } from '../../../../core/errors.ts';
import type { Declared, Direction, Item } from '../../../../core/transformation/contract.ts';
import { footprintOf } from '../../../../core/transformation/footprint.ts';
import { decodeImage, type Image, sameImage } from '../../../../core/values/attribute-value.ts';
import { NumberValue } from '../../../../core/values/number-value.ts';
import type { TableShape } from '../../../../core/values/table-shape.ts';
import { imageWithoutKey } from '../../../support/arbitrary-image.ts';
import { itemErrorOf } from '../../../support/refusal-of.ts';

const shape: TableShape = {
  name: 'Users',
  keys: [
    { name: 'id', type: 'S' },
    { name: 'at', type: 'N' },
  ],
  indexKeys: { email: 'S', rank: 'N', token: 'B' },
  indexes: [],
};
const key = { id: { S: 'u1' }, at: { N: '1' } };
const nativeKey = { id: 'u1', at: 1 };

function difference(image: Image, results: readonly Item[], declared: Partial<Declared> = {}, direction: Direction = 'up') {
  return itemDifference(
    { ...key, ...image },
    results,
    shape,
    footprintOf({ adds: [], overwrites: [], removes: [], inserts: false, deletes: false, ...declared }, direction),
  );
}

function refusalOf(...args: Parameters<typeof difference>): ItemError {
  return itemErrorOf(() => difference(...args));
}

describe('the difference between an image and its result', () => {
  it('is nothing where the result means the same, however it is spelled', () => {
    const image: Image = {
      n: { N: '1.50' },
      big: { N: '12345678901234567890' },
      ss: { SS: ['a', 'b'] },
      b: { B: Uint8Array.of(1) },
      m: { M: { a: { L: [{ N: '10' }] } } },
    };
    const result = {
      ...nativeKey,
      n: 1.5,
      big: 12345678901234567890n,
      ss: new Set(['b', 'a']),
      b: Buffer.of(1),
      m: { a: [NumberValue.from('1e1')] },
    };

    expect(difference(image, [result])).toEqual({ outcome: 'unchanged' });
  });

  it('is nothing for any image that was only passed through', () => {
    fc.assert(
      fc.property(imageWithoutKey(), (image) => {
        expect(difference(image, [{ ...decodeImage(image), ...nativeKey }])).toEqual({ outcome: 'unchanged' });
      }),
      { numRuns: 500 },
    );
  });

  it('leads to the result, and to nothing but the result, when it is applied to the image', () => {
    fc.assert(
      fc.property(imageWithoutKey(), imageWithoutKey(), (before, after) => {
        const declared = { overwrites: Object.keys(after), removes: Object.keys(before).filter((name) => !Object.hasOwn(after, name)) };
        const decision = difference(before, [{ ...decodeImage(after), ...nativeKey }], declared);

        const { set, remove } = decision.outcome === 'changed' && decision.change.item.kind === 'update' ? decision.change.item : noUpdate;
        expect(sameImage(afterUpdate({ ...key, ...before }, set, remove), { ...key, ...after })).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('holds only the attributes that changed', () => {
    const image: Image = { a: { S: 'a' }, b: { S: 'b' }, c: { S: 'c' } };

    expect(difference(image, [{ ...nativeKey, a: 'a', b: 'B', d: 'd' }], { overwrites: ['b', 'd'], removes: ['c'] })).toEqual({
      outcome: 'changed',
      change: { item: { kind: 'update', set: { b: { S: 'B' }, d: { S: 'd' } }, remove: ['c'] }, inserts: [] },
      differing: false,
    });
  });

  it('sets an attribute named __proto__ like any other', () => {
    const result: Item = JSON.parse('{ "id": "u1", "at": 1, "__proto__": "text" }');

    const decision = difference({}, [result], { adds: ['__proto__'] });

    expect(JSON.stringify(decision)).toContain('"set":{"__proto__":{"S":"text"}}');
  });
});

const noUpdate = { set: {}, remove: [] };

describe('a change that is not declared', () => {
  const other = { id: 'u2', at: 1 };

  it.each<[string, Image, Item[], string, string]>([
    ['an attribute that is added', {}, [{ ...nativeKey, nick: 'x' }], 'adds "nick"', "adds = ['nick']"],
    ['an attribute that is changed', { nick: { S: 'x' } }, [{ ...nativeKey, nick: 'y' }], 'changes "nick"', "overwrites = ['nick']"],
    ['an attribute of another type', { nick: { S: '1' } }, [{ ...nativeKey, nick: 1 }], 'changes "nick"', "overwrites = ['nick']"],
    ['an attribute that is removed', { nick: { S: 'x' } }, [nativeKey], 'removes "nick"', "removes = ['nick']"],
    ['an inherited name', {}, [{ ...nativeKey, toString: 'x' }], 'adds "toString"', "adds = ['toString']"],
    ['an item under another key', {}, [nativeKey, other], 'inserts an item under another key', 'inserts = true'],
    ['an item moved to another key', {}, [other], 'inserts an item under another key', 'inserts = true'],
    ['an empty array', {}, [], 'deletes the item', 'deletes = true'],
  ])('is refused by name with the line to add: %s', (_, image, results, what, line) => {
    const error = refusalOf(image, results);

    expect(error.name).toBe('UndeclaredChange');
    expect(error.message).toContain(`The function ${what}, which its file does not declare.`);
    expect(error.message).toContain(`export const ${line};`);
  });

  it('asks first whether the rest of the item was forgotten if a result lacks most attributes', () => {
    const image = { a: { S: 'x' }, b: { S: 'y' }, c: { S: 'z' } };
    const question =
      /^Did you mean `\{ \.\.\.item, … \}`\? The result lacks 3 of 3 attributes of the item\. The function adds "nick", which/;
    expect(refusalOf(image, [{ ...nativeKey, nick: 'x' }]).message).toMatch(question);
    // One of three is no sign of that.
    expect(refusalOf(image, [{ ...nativeKey, a: 'x', b: 'y' }]).message).toMatch(/^The function removes "c"/);
  });

  it.each<[string, Image, Item, Partial<Declared>]>([
    ['changing what it may only remove', { a: { S: 'x' } }, { ...nativeKey, a: 'y' }, { removes: ['a'] }],
    ['removing what it may only overwrite', { a: { S: 'x' } }, nativeKey, { overwrites: ['a'] }],
    ['removing what it may only add', { a: { S: 'x' } }, nativeKey, { adds: ['a'] }],
    ['adding what it may only remove', {}, { ...nativeKey, a: 'y' }, { removes: ['a'] }],
  ])('is refused for each declaration by itself: %s', (_, image, result, declared) => {
    expect(refusalOf(image, [result], declared).name).toBe('UndeclaredChange');
  });

  it('is refused on the way down by the mirror of what is declared', () => {
    const declared = { adds: ['added'], removes: ['removed'] };

    expect(difference({ added: { S: 'x' } }, [nativeKey], declared, 'down')).toMatchObject({ change: { item: { remove: ['added'] } } });
    expect(difference({}, [{ ...nativeKey, removed: 'x' }], declared, 'down')).toMatchObject({
      change: { item: { set: { removed: { S: 'x' } } } },
    });
    expect(refusalOf({}, [{ ...nativeKey, added: 'x' }], declared, 'down').message).toContain('adds "added"');
    expect(refusalOf({ added: { S: 'x' } }, [{ ...nativeKey, added: 'y' }], declared, 'down').message).toContain('changes "added"');
    expect(refusalOf({ removed: { S: 'x' } }, [nativeKey], declared, 'down').message).toContain('removes "removed"');
  });

  it('is refused on the way down for an item that nobody declared to delete or insert', () => {
    expect(refusalOf({}, [], { deletes: true }, 'down').message).toContain('deletes the item');
    expect(refusalOf({}, [nativeKey, other], { inserts: true }, 'down').message).toContain('inserts an item');
    expect(difference({}, [], { inserts: true }, 'down')).toMatchObject({ change: { item: { kind: 'delete' } } });
    expect(difference({}, [nativeKey, other], { deletes: true }, 'down')).toMatchObject({ change: { inserts: [expect.anything()] } });
  });

  it('never shows a value in its message', () => {
    for (const result of [{ ...nativeKey, name: 'Grace' }, nativeKey, { id: 'Grace', at: 1 }])
      expect(refusalOf({ name: { S: 'Hopper' } }, [result]).message).not.toMatch(/Grace|Hopper|u1/);
  });
});

describe('an attribute that a version adds', () => {
  const adds = { adds: ['first', 'last'] };

  it('is set where it is missing', () => {
    expect(difference({}, [{ ...nativeKey, first: 'Grace' }], adds)).toEqual({
      outcome: 'changed',
      change: { item: { kind: 'update', set: { first: { S: 'Grace' } }, remove: [] }, inserts: [] },
      differing: false,
    });
  });

  it('is refused where its value could not be stored, also if the existing one wins', () => {
    for (const first of [undefined, Number.NaN, new Set()])
      expect(refusalOf({ first: { S: 'Ada' } }, [{ ...nativeKey, first } as Item], adds)).toMatchObject({ name: 'InvalidValue' });
  });

  it('is kept where it exists, also with another value, which is then counted as differing', () => {
    expect(difference({ first: { S: 'Grace' } }, [{ ...nativeKey, first: 'Grace' }], adds)).toEqual({ outcome: 'kept', differing: false });
    expect(difference({ first: { S: 'Ada' } }, [{ ...nativeKey, first: 'Grace' }], adds)).toEqual({ outcome: 'kept', differing: true });
    expect(difference({ first: { NULL: true } }, [{ ...nativeKey, first: 'Grace' }], adds)).toEqual({ outcome: 'kept', differing: true });
  });

  it('is kept beside another that is set', () => {
    expect(difference({ first: { S: 'Ada' } }, [{ ...nativeKey, first: 'Grace', last: 'Hopper' }], adds)).toEqual({
      outcome: 'changed',
      change: { item: { kind: 'update', set: { last: { S: 'Hopper' } }, remove: [] }, inserts: [] },
      differing: true,
    });
  });
});

describe('a result of several items', () => {
  const both = { inserts: true, deletes: true };

  it('updates the element with the key of the item and inserts the others, in any order', () => {
    const own = { ...nativeKey, a: 1 };
    const others = [
      { id: 'u2', at: 1, x: 'x' },
      { id: 'u1', at: 2 },
    ];
    const expected = {
      outcome: 'changed',
      change: {
        item: { kind: 'update', set: { a: { N: '1' } }, remove: [] },
        inserts: [
          { id: { S: 'u2' }, at: { N: '1' }, x: { S: 'x' } },
          { id: { S: 'u1' }, at: { N: '2' } },
        ],
      },
      differing: false,
    };

    expect(difference({}, [own, ...others], { inserts: true, adds: ['a'] })).toEqual(expected);
    expect(difference({}, [...others, own], { inserts: true, adds: ['a'] })).toEqual(expected);
  });

  it('knows the key of its item in any spelling', () => {
    expect(difference({}, [{ id: 'u1', at: NumberValue.from('1.0') }])).toEqual({ outcome: 'unchanged' });
  });

  it('deletes the item where there is none, and replaces it by items under other keys', () => {
    expect(difference({}, [], both)).toEqual({ outcome: 'changed', change: { item: { kind: 'delete' }, inserts: [] }, differing: false });
    expect(difference({}, [{ id: 'u2', at: 1 }], both)).toEqual({
      outcome: 'changed',
      change: { item: { kind: 'delete' }, inserts: [{ id: { S: 'u2' }, at: { N: '1' } }] },
      differing: false,
    });
  });

  it.each<[string, Item[], string]>([
    ['two items under the key of the item', [nativeKey, nativeKey], 'two items under the key of its item'],
    [
      'two items under another key',
      [
        { id: 'x', at: 1 },
        { id: 'x', at: 1 },
      ],
      'two items under one key',
    ],
    ['an item without its partition key', [{ at: 1 }], 'without its key attribute "id"'],
    ['an item without its sort key', [{ id: 'u1' }], 'without its key attribute "at"'],
    ['an empty key', [nativeKey, { id: '', at: 1 }], '"id" of the returned item is a key'],
    ['a key of another type', [nativeKey, { id: 'u1', at: '2' }], '"at" of the returned item is a key'],
    ['a key that cannot be stored', [nativeKey, { id: 'u1', at: Number.NaN }], '"at"'],
  ])('is refused with %s', (_, results, problem) => {
    const error = refusalOf({}, results, both);

    expect(error.name).toBe('InvalidValue');
    expect(error.message).toContain(problem);
  });
});

describe('a key of an index', () => {
  const overwrites = { overwrites: ['email', 'rank', 'token'], removes: ['gone'] };

  it.each<[string, Item]>([
    ['an empty text', { email: '' }],
    ['null', { email: null }],
    ['a number in place of a text', { email: 1 }],
    ['a text in place of a number', { rank: '1' }],
    ['empty binary', { token: new Uint8Array() }],
    ['a list', { token: [] }],
  ])('cannot be set to %s, which DynamoDB would refuse', (_, attributes) => {
    const [name = ''] = Object.keys(attributes);

    for (const attempt of [
      () => difference({}, [{ ...nativeKey, ...attributes }], overwrites),
      () => difference({}, [nativeKey, { id: 'u2', at: 1, ...attributes }], { inserts: true }),
    ])
      expect(attempt).toThrow(`The attribute "${name}" of the returned item is a key of the table or of an index`);
  });

  it('can be set to its own type, and be missing', () => {
    const decision = difference({}, [{ ...nativeKey, email: 'a@b.c', rank: 1, token: Uint8Array.of(1) }], overwrites);

    expect(decision.outcome).toBe('changed');
  });
});
