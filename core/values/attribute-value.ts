import { NumberValue, sameNumber } from './number-value.ts';

/** One value as DynamoDB stores it: the ten types of its wire format. */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: Uint8Array }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: Uint8Array[] }
  | { M: Record<string, AttributeValue> }
  | { L: AttributeValue[] }
  | { BOOL: boolean }
  | { NULL: boolean };

/** An item, or the part of it that was read, as DynamoDB stores it. */
export type Image = Record<string, AttributeValue>;

/** What a transformation sees and returns in place of the value that DynamoDB stores. */
export type NativeValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | NumberValue
  | Uint8Array
  | Set<string>
  | Set<number | bigint | NumberValue>
  | Set<Uint8Array>
  | NativeValue[]
  | { [name: string]: NativeValue };

/** Decodes a stored value: numbers to JavaScript numbers where those are exact, otherwise to {@link NumberValue}. */
export function decode(value: AttributeValue): NativeValue {
  if ('S' in value) return value.S;
  if ('N' in value) return NumberValue.exact(value.N);
  if ('M' in value) return decodeImage(value.M);
  if ('L' in value) return value.L.map(decode);
  if ('BOOL' in value) return value.BOOL;
  if ('NULL' in value) return null;
  if ('SS' in value) return new Set(value.SS);
  if ('NS' in value) return new Set(value.NS.map(NumberValue.exact));
  // Bytes are copied, as a function may change them in place.
  if ('B' in value) return new Uint8Array(value.B);
  return new Set(value.BS.map((bytes) => new Uint8Array(bytes)));
}

/** Decodes every attribute of an image into a new object. */
export function decodeImage(image: Image): { [name: string]: NativeValue } {
  const item: { [name: string]: NativeValue } = {};
  for (const name in image) defineOwn(item, name, decode(image[name] as AttributeValue));
  return item;
}

/** Sets an own property, even if its name is `__proto__`. */
export function defineOwn<T>(target: { [name: string]: T }, name: string, value: T): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}

/** True if two stored values are equal to DynamoDB: numbers by value, sets in any order, everything else bit for bit. */
export function sameValue(a: AttributeValue, b: AttributeValue): boolean {
  if ('S' in a) return 'S' in b && a.S === b.S;
  if ('N' in a) return 'N' in b && sameNumber(a.N, b.N);
  if ('M' in a) return 'M' in b && sameImage(a.M, b.M);
  if ('L' in a) return 'L' in b && sameList(a.L, b.L, sameValue);
  if ('BOOL' in a) return 'BOOL' in b && a.BOOL === b.BOOL;
  if ('NULL' in a) return 'NULL' in b;
  if ('SS' in a) return 'SS' in b && sameSet(a.SS, b.SS, (x, y) => x === y);
  if ('NS' in a) return 'NS' in b && sameSet(a.NS, b.NS, sameNumber);
  if ('B' in a) return 'B' in b && sameBytes(a.B, b.B);
  return 'BS' in b && sameSet(a.BS, b.BS, sameBytes);
}

/** True if two images have the same attributes with the same values. */
export function sameImage(a: Image, b: Image): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const other = Object.hasOwn(b, name) ? b[name] : undefined;
    return other !== undefined && sameValue(a[name] as AttributeValue, other);
  });
}

/** True if an attribute has the same value in two images, or is missing from both. */
export function sameAttribute(a: Image, b: Image, name: string): boolean {
  const one = Object.hasOwn(a, name) ? a[name] : undefined;
  const other = Object.hasOwn(b, name) ? b[name] : undefined;
  return one === undefined || other === undefined ? one === other : sameValue(one, other);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function sameList<T>(a: T[], b: T[], same: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && a.every((value, index) => same(value, b[index] as T));
}

/** Members of a stored set are distinct: two sets of one size are equal if one contains the other's members. */
function sameSet<T>(a: T[], b: T[], same: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && (sameList(a, b, same) || a.every((value) => b.some((other) => same(value, other))));
}
