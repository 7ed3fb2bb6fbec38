import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterUpdate } from '../../../../core/change/change.ts';
import { itemSize, updateUnits, writeUnits } from '../../../../core/values/item-size.ts';
import { imageWithoutKey } from '../../../support/arbitrary-image.ts';

describe('the size of an item', () => {
  it('is that of its names and values in UTF-8', () => {
    expect(itemSize({ name: { S: 'Grace' } })).toBe(4 + 5);
    expect(itemSize({ é: { S: '名🙂' } })).toBe(2 + 3 + 4);
    expect(itemSize({ b: { B: new Uint8Array(10) } })).toBe(1 + 10);
    expect(itemSize({ t: { BOOL: true }, n: { NULL: true } })).toBe(2 + 2);
    expect(itemSize({ s: { S: '' } })).toBe(1);
  });

  it('counts every text as UTF-8 does', () => {
    const short = fc.string({ unit: 'binary', maxLength: 15 });
    const long = fc.string({ unit: 'binary', minLength: 16, maxLength: 100 });
    fc.assert(
      fc.property(fc.oneof(short, long), (text) => {
        expect(itemSize({ a: { S: text } })).toBe(1 + new TextEncoder().encode(text).length);
      }),
    );
  });

  it('is about a byte for two digits of a number, and one more', () => {
    expect(itemSize({ n: { N: '1' } })).toBe(1 + 2);
    expect(itemSize({ n: { N: '-12.34' } })).toBe(1 + 3);
    expect(itemSize({ n: { N: '1'.repeat(38) } })).toBe(1 + 20);
  });

  it('is the sum of the members of a set', () => {
    expect(itemSize({ s: { SS: ['a', 'bc'] } })).toBe(1 + 3);
    expect(itemSize({ s: { NS: ['1', '22'] } })).toBe(1 + 2 + 2);
    expect(itemSize({ s: { BS: [new Uint8Array(3), new Uint8Array(4)] } })).toBe(1 + 7);
  });

  it('is three bytes for a list or map, and one for each element of it', () => {
    expect(itemSize({ l: { L: [] } })).toBe(1 + 3);
    expect(itemSize({ l: { L: [{ S: 'a' }, { S: 'b' }] } })).toBe(1 + 3 + 2 + 2);
    expect(itemSize({ m: { M: { ab: { S: 'c' } } } })).toBe(1 + 3 + 1 + 3);
    expect(itemSize({ m: { M: { a: { L: [{ M: {} }] } } } })).toBe(1 + 3 + 1 + 1 + 3 + 1 + 3);
  });
});

describe('the write units of a change', () => {
  const sized = (bytes: number) => ({ a: { S: 'x'.repeat(bytes - 1) } });

  it('are one for each started KB', () => {
    expect(writeUnits({}, {})).toBe(1);
    expect(writeUnits(sized(1024), sized(1024))).toBe(1);
    expect(writeUnits(sized(1025), sized(1025))).toBe(2);
    expect(writeUnits(sized(400 * 1024), {})).toBe(400);
  });

  it('are the same for an update, whatever it sets and removes', () => {
    fc.assert(
      fc.property(imageWithoutKey(), imageWithoutKey(), fc.nat(), (before, set, n) => {
        const remove = Object.keys(before).filter((name, index) => index % 2 === n % 2 && !Object.hasOwn(set, name));

        expect(updateUnits(before, set, remove)).toBe(writeUnits(before, afterUpdate(before, set, remove)));
      }),
    );
    const before = { a: sized(3000).a, b: { S: '' } };
    expect(updateUnits(before, { b: sized(3000).a }, [])).toBe(6);
    expect(updateUnits(before, { a: { S: 'x' } }, ['b', 'c'])).toBe(3);
  });

  it('are those of the larger image, whichever it is', () => {
    fc.assert(
      fc.property(imageWithoutKey(), imageWithoutKey(), (a, b) => {
        expect(writeUnits(a, b)).toBe(writeUnits(b, a));
        expect(writeUnits(a, b)).toBe(Math.max(writeUnits(a, a), writeUnits(b, b)));
      }),
    );
  });
});
