import fc from 'fast-check';
import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';

/** A decimal that DynamoDB holds, by its parts: the value is ±d.ddd × 10^exponent. */
export interface DecimalParts {
  negative: boolean;
  digits: string;
  exponent: number;
}

/** Decimals over the whole range and precision of DynamoDB, zero among them. */
export function decimalParts(): fc.Arbitrary<DecimalParts> {
  return fc.record({
    negative: fc.boolean(),
    digits: fc.oneof(
      { weight: 1, arbitrary: fc.constant('0') },
      { weight: 8, arbitrary: fc.stringMatching(/^[1-9][0-9]{0,36}[1-9]$/) },
      { weight: 4, arbitrary: fc.stringMatching(/^[1-9]$/) },
    ),
    exponent: fc.oneof(fc.integer({ min: -130, max: 125 }), fc.integer({ min: -3, max: 22 })),
  });
}

/** Every text is the same number. */
export function spellings({ negative, digits, exponent }: DecimalParts): string[] {
  const sign = negative ? '-' : '';
  const scientific = `${digits[0]}.${digits.slice(1) || '0'}`;
  const point = exponent + 1;
  const plain =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : digits.length <= point
        ? digits + '0'.repeat(point - digits.length)
        : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return [
    `${sign}${scientific}e${exponent}`,
    `${sign}${scientific}00E${exponent < 0 ? '' : '+'}${exponent}`,
    `${sign}${digits}e${exponent - digits.length + 1}`,
    `${sign}000${plain}`,
    `${sign}${plain}${plain.includes('.') ? '000' : '.'}`,
    sign + plain,
  ];
}

export function numberText(): fc.Arbitrary<string> {
  return fc.tuple(decimalParts(), fc.nat(5)).map(([parts, n]) => spellings(parts)[n] ?? '0');
}

function text(): fc.Arbitrary<string> {
  return fc.string({ unit: 'grapheme', maxLength: 12 });
}

function bytes(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength: 12 });
}

const nonEmpty = { minLength: 1, maxLength: 4 };

/** One value of any of the ten types, nested or not. */
export function attributeValue(): fc.Arbitrary<AttributeValue> {
  return fc.letrec<{ value: AttributeValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      text().map((S): AttributeValue => ({ S })),
      numberText().map((N): AttributeValue => ({ N })),
      bytes().map((B): AttributeValue => ({ B })),
      fc.boolean().map((BOOL): AttributeValue => ({ BOOL })),
      fc.constant<AttributeValue>({ NULL: true }),
      fc.uniqueArray(text(), nonEmpty).map((SS): AttributeValue => ({ SS })),
      fc
        .uniqueArray(decimalParts(), { ...nonEmpty, selector: (parts) => BigInt(scaled(parts)) })
        .map((NS): AttributeValue => ({ NS: NS.map((parts) => spellings(parts)[0] ?? '0') })),
      fc.uniqueArray(bytes(), { ...nonEmpty, selector: String }).map((BS): AttributeValue => ({ BS })),
      fc.array(tie('value'), { maxLength: 4 }).map((L): AttributeValue => ({ L })),
      fc
        .dictionary(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), tie('value'), { maxKeys: 4, noNullPrototype: true })
        .map((M): AttributeValue => ({ M })),
    ),
  })).value;
}

/** The number times 10^200, exactly. */
export function scaled({ negative, digits, exponent }: DecimalParts): bigint {
  return BigInt(digits + '0'.repeat(200 + exponent - digits.length + 1)) * (negative ? -1n : 1n);
}

/**
 * Names that a careless encoder trips over. (Not among them, a backslash before a quote: DynamoDB Local, after some thousand other names,
 * turns `""` into it while it updates another attribute.)
 */
export const awkwardNames = [
  'first name',
  'a.b',
  'a-b',
  'a[0]',
  '"quoted"',
  '""',
  "it's",
  '`backticks`',
  '#hash',
  ':colon',
  '#n0',
  ':v0',
  '?',
  'a?b',
  '$',
  '\\',
  'line\nbreak',
  '\ttab',
  ' ',
  '-- comment',
  '/* comment */',
  ';',
  'ключ',
  '名前',
  '🙂',
  'é',
  'e\u0301',
  '\u0000',
  'select',
  'VALUE',
  'missing',
  'NULL',
  'name',
  'Size',
  '0',
  '1e3',
  'constructor',
  'toString',
  'hasOwnProperty',
];

export function attributeName(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(...awkwardNames),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }).filter((name) => name !== '__proto__'),
  );
}

/** An image without its key. */
export function imageWithoutKey(maxAttributes = 8): fc.Arbitrary<Image> {
  return fc
    .uniqueArray(fc.tuple(attributeName(), attributeValue()), { maxLength: maxAttributes, selector: ([name]) => name })
    .map(Object.fromEntries);
}
