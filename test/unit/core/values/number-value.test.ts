import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from '../../../../core/values/attribute-value.ts';
import { encode } from '../../../../core/values/encode-value.ts';
import { canonicalNumber, NumberValue, numberProblem, sameNumber } from '../../../../core/values/number-value.ts';
import { decimalParts, numberText, scaled, spellings } from '../../../support/arbitrary-image.ts';
import { growth, lessThanQuadratic } from '../../../support/growth.ts';

describe('a number of DynamoDB', () => {
  it('survives the way to JavaScript and back, whatever its size, precision and spelling', () => {
    fc.assert(
      fc.property(numberText(), (text) => {
        const encoded = encode(decode({ N: text }), 'n');
        expect('N' in encoded && sameNumber(encoded.N, text)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('becomes a JavaScript number only where that is exact', () => {
    expect(NumberValue.exact('0.1')).toBe(0.1);
    expect(NumberValue.exact('1.50')).toBe(1.5);
    expect(NumberValue.exact('1e3')).toBe(1000);
    expect(NumberValue.exact('9007199254740992')).toBe(9007199254740992);
    expect(NumberValue.exact('9007199254740993')).toEqual(NumberValue.from('9007199254740993'));
    expect(NumberValue.exact('0.1000000000000000055511151231257827')).toBeInstanceOf(NumberValue);
    expect(NumberValue.exact('12345678901234567890123456789012345678')).toBeInstanceOf(NumberValue);
  });

  it('of about as many digits as JavaScript holds becomes a number if that is written as the same one, and only then', () => {
    const text = fc.tuple(fc.boolean(), fc.stringMatching(/^[1-9]\d{7,17}$/), fc.nat(18)).map(([negative, digits, fraction]) => {
      const point = Math.max(1, digits.length - fraction);
      return `${negative ? '-' : ''}${digits.slice(0, point)}${point < digits.length ? `.${digits.slice(point)}` : ''}`;
    });
    fc.assert(
      fc.property(text, (given) => {
        expect(typeof NumberValue.exact(given)).toBe(sameNumber(String(Number(given)), given) ? 'number' : 'object');
      }),
      { numRuns: 5000, examples: [['9007199254740993'], ['0.1'], ['999999999999999'], ['123456789.123456']] },
    );
  });

  it('of JavaScript is stored if DynamoDB takes it, and refused if not, at every magnitude', () => {
    const number = fc.oneof(fc.double(), fc.double({ min: 1e124, max: 1e127 }), fc.double({ min: 1e-131, max: 1e-128 }));
    fc.assert(
      fc.property(number, (given) => {
        if (numberProblem(String(given)) === undefined) expect(encode(given, 'n')).toEqual({ N: String(given) });
        else expect(() => encode(given, 'n')).toThrow('The attribute "n" of the returned item');
      }),
      { numRuns: 3000, examples: [[-0], [1e125], [9.99e125], [1e126], [1e-129], [1e-130], [9.9e-131]] },
    );
  });

  it('is refused by name of its problem beyond 38 digits and out of range', () => {
    expect(numberProblem('1'.repeat(38))).toBeUndefined();
    expect(numberProblem('1'.repeat(39))).toContain('38 significant digits');
    expect(numberProblem(`1${'0'.repeat(60)}`)).toBeUndefined();
    expect(numberProblem(`9.${'9'.repeat(37)}e125`)).toBeUndefined();
    expect(numberProblem('1e126')).toContain('larger');
    expect(numberProblem('-1e126')).toContain('larger');
    expect(numberProblem('1e-130')).toBeUndefined();
    expect(numberProblem('9.99e-131')).toContain('closer to zero');
    expect(numberProblem('0e999')).toBeUndefined();
    for (const text of ['', '.', '-', '1e', 'e5', '0x10', '1_000', ' 1', '1 ', 'NaN', 'Infinity', '١'])
      expect(numberProblem(text), text).toBe('is not a decimal number');
  });

  it('is judged in one pass, however long the text is', () => {
    for (const text of [`${'1'.repeat(80_000)}x`, `1${'0'.repeat(80_000)}1`, '9'.repeat(80_000)]) {
      expect(numberProblem(text)).toBe('is written with more than 1000 characters');
      expect(sameNumber(text, `${text}0`)).toBe(false);
      expect(canonicalNumber(text)).toBe(text);
    }
    const spelled = [(digits: number) => `${'1'.repeat(digits)}x`, (digits: number) => `1${'0'.repeat(digits - 1)}1`];
    for (const spell of spelled)
      for (const size of [60, 6_000])
        expect(
          growth((digits) => () => numberProblem(spell(digits)), size),
          `${size} digits`,
        ).toBeLessThan(lessThanQuadratic);
  });

  it('may have leading zeros', () => {
    expect(numberProblem(`${'0'.repeat(900)}1`)).toBeUndefined();
    expect(sameNumber(`${'0'.repeat(900)}1`, '1')).toBe(true);
  });

  it('is accepted wherever DynamoDB accepts it', () => {
    fc.assert(
      fc.property(numberText(), (text) => {
        expect(numberProblem(text)).toBeUndefined();
      }),
    );
  });
});

describe('sameNumber', () => {
  it('holds between all spellings of one number', () => {
    fc.assert(
      fc.property(decimalParts(), (parts) => {
        const [first = '', ...others] = spellings(parts);
        for (const other of others) expect(sameNumber(first, other), `${first} and ${other}`).toBe(true);
        expect(new Set(spellings(parts).map(canonicalNumber)).size).toBe(1);
      }),
    );
  });

  it('holds between two numbers only where they are equal', () => {
    // Small parts, so that equal numbers come up, and differences in sign, digits and exponent alone.
    const close = fc.record({
      negative: fc.boolean(),
      digits: fc.constantFrom('0', '1', '2', '11', '12', '101'),
      exponent: fc.integer({ min: -2, max: 2 }),
    });
    fc.assert(
      fc.property(fc.oneof(close, decimalParts()), fc.oneof(close, decimalParts()), fc.nat(5), fc.nat(5), (a, b, m, n) => {
        const [x = '', y = ''] = [spellings(a)[m], spellings(b)[n]];
        const equal = scaled(a) === scaled(b);
        expect(sameNumber(x, y), `${x} and ${y}`).toBe(equal);
        expect(canonicalNumber(x) === canonicalNumber(y)).toBe(equal);
      }),
      { numRuns: 3000 },
    );
  });

  it('does not hold for what is no number, unless the texts are equal', () => {
    expect(sameNumber('abc', 'abd')).toBe(false);
    expect(sameNumber('abc', '0')).toBe(false);
  });
});

describe('NumberValue', () => {
  it('keeps its decimal text in every form it is written', () => {
    const value = NumberValue.from('12345678901234567890.5');
    expect([value.value, String(value), JSON.stringify(value), value.toAttributeValue()]).toEqual([
      '12345678901234567890.5',
      '12345678901234567890.5',
      '"12345678901234567890.5"',
      { N: '12345678901234567890.5' },
    ]);
    expect(NumberValue.from(10n ** 37n).value).toBe(`1${'0'.repeat(37)}`);
  });

  it('cannot be made from what DynamoDB would refuse', () => {
    for (const value of ['', 'x', Number.NaN, Number.POSITIVE_INFINITY, '1'.repeat(39), '1e126'])
      expect(() => NumberValue.from(value), String(value)).toThrow(TypeError);
  });
});
