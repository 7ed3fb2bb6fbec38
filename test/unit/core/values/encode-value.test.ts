import { describe, expect, it } from 'vitest';
import { ItemError } from '../../../../core/errors.ts';
import { encode, encodeItem } from '../../../../core/values/encode-value.ts';
import { NumberValue } from '../../../../core/values/number-value.ts';

/** What stands in a value here must never stand in a message. */
const secret = 'Grace Hopper';

function refusalOf(value: unknown): ItemError {
  try {
    encode(value, 'profile');
  } catch (error) {
    if (error instanceof ItemError) return error;
    throw error;
  }
  throw new Error('It was encoded.');
}

class User {
  name = secret;
}

class SdkNumberValue {
  readonly value: string;
  constructor(value: string) {
    this.value = value;
  }
  toAttributeValue() {
    return { N: this.value };
  }
  toString() {
    return this.value;
  }
}

function nested(depth: number, leaf: unknown): unknown {
  return depth === 0 ? leaf : [nested(depth - 1, leaf)];
}

describe('encoding', () => {
  it.each<[string, unknown, object]>([
    ['text', 'text', { S: 'text' }],
    ['empty text', '', { S: '' }],
    ['a whole surrogate pair', '🙂', { S: '🙂' }],
    ['a number', -1.5, { N: '-1.5' }],
    ['a big JavaScript number', 1e21, { N: '1e+21' }],
    ['minus zero', -0, { N: '0' }],
    ['a bigint', 12345678901234567890n, { N: '12345678901234567890' }],
    ['a NumberValue', NumberValue.from('0.10'), { N: '0.10' }],
    ['the NumberValue of the SDK', new SdkNumberValue('12345678901234567890.5'), { N: '12345678901234567890.5' }],
    ['a boolean', false, { BOOL: false }],
    ['null', null, { NULL: true }],
    ['bytes', Uint8Array.of(0, 255), { B: Uint8Array.of(0, 255) }],
    ['no bytes', new Uint8Array(), { B: new Uint8Array() }],
    ['a Buffer', Buffer.from('a'), { B: Buffer.from('a') }],
    ['a set of texts', new Set(['a', '']), { SS: ['a', ''] }],
    ['a set of numbers of all kinds', new Set([1, 2n, NumberValue.from('3.0')]), { NS: ['1', '2', '3.0'] }],
    ['a set of bytes', new Set([Uint8Array.of(1), new Uint8Array()]), { BS: [Uint8Array.of(1), new Uint8Array()] }],
    ['an array', ['a', 1, null], { L: [{ S: 'a' }, { N: '1' }, { NULL: true }] }],
    ['an empty array', [], { L: [] }],
    ['an object', { a: { b: true } }, { M: { a: { M: { b: { BOOL: true } } } } }],
    ['an empty object', {}, { M: {} }],
    ['an object without prototype', Object.assign(Object.create(null), { a: 'b' }), { M: { a: { S: 'b' } } }],
    ['a name that JavaScript knows', { constructor: 1, toString: 'a' }, { M: { constructor: { N: '1' }, toString: { S: 'a' } } }],
  ])('takes %s', (_, value, encoded) => {
    expect(encode(value, 'profile')).toEqual(encoded);
  });

  it('takes an attribute named __proto__ at any depth', () => {
    const image = encodeItem(JSON.parse('{ "__proto__": { "__proto__": "text" } }'));

    expect(JSON.stringify(image)).toBe('{"__proto__":{"M":{"__proto__":{"S":"text"}}}}');
    expect(Object.getPrototypeOf(image)).toBe(Object.prototype);
  });

  it('takes lists as deep as DynamoDB does, and no deeper', () => {
    expect(() => encode(nested(31, secret), 'profile')).not.toThrow();
    expect(refusalOf(nested(33, secret)).message).toContain('deeper than 32 levels');
  });

  it.each<[string, unknown, string]>([
    ['NaN', Number.NaN, 'is NaN'],
    ['Infinity', Number.POSITIVE_INFINITY, 'is Infinity'],
    ['-Infinity', Number.NEGATIVE_INFINITY, 'is -Infinity'],
    ['a number over 38 digits', BigInt('1'.repeat(39)), 'more than 38 significant digits'],
    ['a number out of range', 1e126, 'larger than'],
    ['a number too close to zero', 1e-131, 'closer to zero'],
    ['a NumberValue that is no number', new SdkNumberValue(secret), 'is not a decimal number'],
    ['undefined', undefined, 'leave the attribute out'],
    ['undefined in an object', { name: secret, first: undefined }, 'is undefined'],
    ['undefined in an array', [secret, undefined], 'is undefined'],
    ['a hole in an array', new Array(1), 'is undefined'],
    ['a function', () => secret, 'is a function'],
    ['a symbol', Symbol(secret), 'is a symbol'],
    ['a class instance', new User(), 'is a User'],
    ['a date', new Date(0), 'is a Date: return plain objects, and dates as ISO text'],
    ['a map', new Map([[secret, secret]]), 'is a Map'],
    ['an error', new Error(secret), 'is a Error'],
    ['a promise', Promise.resolve(secret), 'is a Promise'],
    ['a boxed text', Object(secret), 'is a String'],
    ['a regular expression', /Grace Hopper/, 'is a RegExp'],
    ['a typed array that is not of bytes', new Float64Array(1), 'is a Float64Array'],
    ['a buffer without a view', new ArrayBuffer(1), 'is a ArrayBuffer'],
    ['an empty set', new Set(), 'is an empty set'],
    ['a set of mixed types', new Set([secret, 1]), 'mixed or unsupported types'],
    ['a set of booleans', new Set([true]), 'mixed or unsupported types'],
    ['a set of sets', new Set([new Set([secret])]), 'mixed or unsupported types'],
    ['a set with undefined', new Set([undefined]), 'mixed or unsupported types'],
    ['a set with NaN', new Set([Number.NaN]), 'is NaN'],
    ['a set with one number in two spellings', new Set([1, NumberValue.from('1.0')]), 'one value twice'],
    ['a set with the same bytes twice', new Set([Uint8Array.of(1), Uint8Array.of(1)]), 'one value twice'],
    ['half a surrogate pair', `${secret}\ud83d`, 'half a surrogate pair'],
    ['half a surrogate pair in a set', new Set([`${secret}\udc00`]), 'half a surrogate pair'],
    ['half a surrogate pair in a name', { [`${secret}\ud83d`]: 1 }, 'half a surrogate pair'],
    ['an empty name in an object', { '': secret }, 'empty name'],
  ])('refuses %s by the name of its attribute, without item data', (_, value, problem) => {
    const error = refusalOf(value);

    expect(error.name).toBe('InvalidValue');
    expect(error.message).toContain('"profile"');
    expect(error.message).toContain(problem);
    expect(error.message).not.toContain(secret);
    for (const depth of [1, 2]) expect(refusalOf(nested(depth, value)).message).toBe(error.message);
  });

  it('refuses a cycle, wide or narrow', () => {
    const narrow: { self?: unknown } = {};
    narrow.self = narrow;
    const wide: unknown[] = [];
    wide.push(wide, wide, wide);

    expect(refusalOf(narrow).message).toContain('in a cycle');
    expect(refusalOf(wide).message).toContain('in a cycle');
  });

  it('names the attribute at the top, never the names inside, which can be data', () => {
    expect(() => encodeItem({ visits: { [secret]: [{ [secret]: undefined }] } })).toThrow(/^The attribute "visits" (?!.*Grace)/);
  });

  it('refuses an item with a name that no table can hold', () => {
    expect(() => encodeItem({ '': 1 })).toThrow('empty name');
    expect(() => encodeItem({ 'a\ud800': 1 })).toThrow('half a surrogate pair');
  });
});
