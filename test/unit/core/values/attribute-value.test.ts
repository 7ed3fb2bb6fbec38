import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AttributeValue, decode, decodeImage, type Image, sameImage, sameValue } from '../../../../core/values/attribute-value.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import { NumberValue } from '../../../../core/values/number-value.ts';
import { attributeValue, imageWithoutKey } from '../../../support/arbitrary-image.ts';

const ofEachType: Record<string, AttributeValue> = {
  S: { S: 'text' },
  N: { N: '1' },
  B: { B: Uint8Array.of(1) },
  SS: { SS: ['text'] },
  NS: { NS: ['1'] },
  BS: { BS: [Uint8Array.of(1)] },
  M: { M: { text: { S: 'text' } } },
  L: { L: [{ S: 'text' }] },
  BOOL: { BOOL: true },
  NULL: { NULL: true },
};

describe('decoding', () => {
  it('gives each type what JavaScript has for it', () => {
    expect(decodeImage(ofEachType)).toEqual({
      S: 'text',
      N: 1,
      B: Uint8Array.of(1),
      SS: new Set(['text']),
      NS: new Set([1]),
      BS: new Set([Uint8Array.of(1)]),
      M: { text: 'text' },
      L: ['text'],
      BOOL: true,
      NULL: null,
    });
    expect(decode({ NS: ['1', '12345678901234567890'] })).toEqual(new Set([1, NumberValue.from('12345678901234567890')]));
  });

  it('keeps empty values and every depth', () => {
    const image: Image = {
      s: { S: '' },
      b: { B: new Uint8Array() },
      l: { L: [] },
      m: { M: {} },
      deep: { L: [{ M: { a: { L: [{ M: {} }] } } }] },
    };

    expect(decodeImage(image)).toEqual({ s: '', b: new Uint8Array(), l: [], m: {}, deep: [{ a: [{}] }] });
  });

  it('makes an attribute named __proto__ an attribute like any other', () => {
    const image: Image = JSON.parse('{ "__proto__": { "S": "top" }, "map": { "M": { "__proto__": { "S": "nested" } } } }');

    const item = decodeImage(image);

    expect(JSON.stringify(item)).toBe('{"__proto__":"top","map":{"__proto__":"nested"}}');
    expect(sameImage(encodeItem(item), image)).toBe(true);
  });

  it('shares nothing with the image that a function could change', () => {
    const image: Image = { b: { B: Uint8Array.of(1) }, bs: { BS: [Uint8Array.of(1)] }, l: { L: [{ B: Uint8Array.of(1) }] } };
    const item = decodeImage(image) as { b: Uint8Array; bs: Set<Uint8Array>; l: Uint8Array[] };

    for (const bytes of [item.b, ...item.bs, ...item.l]) bytes[0] = 2;
    item.l.pop();

    expect(image).toEqual({ b: { B: Uint8Array.of(1) }, bs: { BS: [Uint8Array.of(1)] }, l: { L: [{ B: Uint8Array.of(1) }] } });
  });

  it('is undone by encoding, for any image', () => {
    fc.assert(
      fc.property(imageWithoutKey(), (image) => {
        expect(sameImage(encodeItem(decodeImage(image)), image)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('sameValue', () => {
  it('holds between a value and its copy, in any order of sets and any spelling of numbers', () => {
    fc.assert(
      fc.property(attributeValue(), (value) => {
        expect(sameValue(value, respelled(value))).toBe(true);
        expect(sameValue(respelled(value), value)).toBe(true);
      }),
    );
  });

  it.each(Object.keys(ofEachType))('never holds between %s and another type', (type) => {
    const value = ofEachType[type] as AttributeValue;
    for (const other of Object.keys(ofEachType)) expect(sameValue(value, ofEachType[other] as AttributeValue), other).toBe(other === type);
  });

  it.each<[string, AttributeValue, AttributeValue]>([
    ['texts in another case', { S: 'a' }, { S: 'A' }],
    ['texts of another normal form', { S: 'é' }, { S: 'e\u0301' }],
    ['numbers', { N: '1' }, { N: '1.0000000000000000000000000000000000001' }],
    ['bytes', { B: Uint8Array.of(1, 2) }, { B: Uint8Array.of(1, 3) }],
    ['lengths of bytes', { B: Uint8Array.of(1) }, { B: Uint8Array.of(1, 0) }],
    ['sets of texts', { SS: ['a', 'b'] }, { SS: ['a', 'c'] }],
    ['sizes of sets', { SS: ['a'] }, { SS: ['a', 'b'] }],
    ['sets of numbers', { NS: ['1', '2'] }, { NS: ['1', '3'] }],
    ['sets of bytes', { BS: [Uint8Array.of(1)] }, { BS: [Uint8Array.of(2)] }],
    ['orders of a list', { L: [{ S: 'a' }, { S: 'b' }] }, { L: [{ S: 'b' }, { S: 'a' }] }],
    ['lengths of lists', { L: [] }, { L: [{ NULL: true }] }],
    ['names in maps', { M: { a: { S: '' } } }, { M: { b: { S: '' } } }],
    ['values in maps', { M: { a: { S: '' } } }, { M: { a: { NULL: true } } }],
    ['inherited names in maps', { M: { a: { S: '' } } }, { M: { toString: { S: '' } } }],
    ['booleans', { BOOL: true }, { BOOL: false }],
  ])('does not hold between different %s', (_, a, b) => {
    expect([sameValue(a, b), sameValue(b, a)]).toEqual([false, false]);
  });
});

/** The same value with sets turned round, numbers in another spelling, and bytes and containers copied. */
function respelled(value: AttributeValue): AttributeValue {
  if ('N' in value) return { N: respelledNumber(value.N) };
  if ('NS' in value) return { NS: value.NS.map(respelledNumber).reverse() };
  if ('SS' in value) return { SS: [...value.SS].reverse() };
  if ('BS' in value) return { BS: value.BS.map((bytes) => bytes.slice()).reverse() };
  if ('B' in value) return { B: value.B.slice() };
  if ('L' in value) return { L: value.L.map(respelled) };
  if ('M' in value)
    return {
      M: Object.fromEntries(
        Object.entries(value.M)
          .map(([name, element]) => [name, respelled(element)] as const)
          .reverse(),
      ),
    };
  return { ...value };
}

function respelledNumber(text: string): string {
  return text.replace(/^-?/, '$&00');
}
