/** On the prototype of the class, in every copy of this package. */
const mark = Symbol.for('dynamodt.NumberValue');

/**
 * A number that DynamoDB holds exactly and JavaScript does not: up to 38 significant digits, kept as its decimal text.
 * Returned values may use it, `bigint`, or the SDK's own class of this name.
 */
export class NumberValue {
  /** The number as decimal text. */
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }

  /** True for a NumberValue of any copy of this package: a deployed file, the engine and a test can each have a copy of the class. */
  static [Symbol.hasInstance](value: unknown): value is NumberValue {
    return typeof value === 'object' && value !== null && mark in value;
  }

  /**
   * From decimal text.
   *
   * @throws TypeError: when the text is no decimal number, has more than 38 significant digits, or more than 1,000 characters
   */
  static from(value: string | number | bigint): NumberValue {
    const text = String(value);
    const problem = numberProblem(text);
    if (problem) throw new TypeError(`NumberValue.from: ${problem}`);
    return new NumberValue(text);
  }

  /** The JavaScript number if it is exact, otherwise a NumberValue. */
  static exact(text: string): number | NumberValue {
    const number = Number(text);
    // A number has 15 decimal digits exactly. To write it as text, and compare, takes twice as long as to read it.
    if (text.length <= 15 && plainly.test(text)) return number;
    return String(number) === text || sameNumber(String(number), text) ? number : new NumberValue(text);
  }

  /** As DynamoDB stores it: `{ N: … }`. @internal */
  toAttributeValue(): { N: string } {
    return { N: this.value };
  }

  /** The decimal text. */
  toString(): string {
    return this.value;
  }

  /** The decimal text: a JSON number would lose digits. */
  toJSON(): string {
    return this.value;
  }
}

Object.defineProperty(NumberValue.prototype, mark, { value: true });

interface Decimal {
  negative: boolean;
  /** Significant digits without leading or trailing zeros; empty for zero. */
  digits: string;
  /** The value is 0.digits × 10^exponent. */
  exponent: number;
}

/** A number of DynamoDB, written without an exponent, has up to 170 characters; a text may have leading zeros besides. */
const maxCharacters = 1000;

/** As DynamoDB writes most numbers. */
const plainly = /^-?\d+(?:\.\d+)?$/;

/** Each character can match in one part only, so a text without a match is rejected in one pass. */
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

function parse(text: string): Decimal | undefined {
  const match = text.length > maxCharacters ? null : pattern.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const leading = (whole + fraction).replace(/^0+/, '');
  const digits = withoutTrailingZeros(leading);
  if (digits === '') return { negative: false, digits, exponent: 0 };
  return { negative: sign === '-', digits, exponent: whole.length + Number(power) - (whole.length + fraction.length - leading.length) };
}

/** `/0+$/` would try again at every zero inside, which takes quadratic time. */
function withoutTrailingZeros(text: string): string {
  let end = text.length;
  while (text[end - 1] === '0') end--;
  return text.slice(0, end);
}

/** True if two decimal texts are the same number. */
export function sameNumber(a: string, b: string): boolean {
  if (a === b) return true;
  const x = parse(a);
  const y = parse(b);
  return x !== undefined && y !== undefined && x.negative === y.negative && x.digits === y.digits && x.exponent === y.exponent;
}

/** Less than 0 if the first of two decimal texts is the lower number, more than 0 if it is the higher one. */
export function compareNumbers(a: string, b: string): number {
  const [x, y] = [parse(a), parse(b)];
  if (!x || !y) return 0;
  const [signX, signY] = [signOf(x), signOf(y)];
  if (signX !== signY) return signX - signY;
  const larger = x.exponent !== y.exponent ? x.exponent - y.exponent : compareDigits(x.digits, y.digits);
  return signX < 0 ? -larger : larger;
}

function signOf({ negative, digits }: Decimal): number {
  return digits === '' ? 0 : negative ? -1 : 1;
}

function compareDigits(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** One text for all spellings of a number, to find duplicates in a set. */
export function canonicalNumber(text: string): string {
  const decimal = parse(text);
  return decimal ? `${decimal.negative ? '-' : ''}0.${decimal.digits}e${decimal.exponent}` : text;
}

/**
 * Why DynamoDB would refuse this number; undefined if it would not.
 * Limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
export function numberProblem(text: string): string | undefined {
  if (text.length > maxCharacters) return `is written with more than ${maxCharacters} characters`;
  const decimal = parse(text);
  if (!decimal) return 'is not a decimal number';
  if (decimal.digits.length > 38) return 'has more than 38 significant digits';
  if (decimal.digits !== '' && decimal.exponent > 126) return 'is larger than 9.99e125';
  if (decimal.digits !== '' && decimal.exponent < -129) return 'is closer to zero than 1e-130';
  return undefined;
}
