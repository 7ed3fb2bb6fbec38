import { ItemError } from '../errors.ts';
import { type AttributeValue, type Image, sameValue } from './attribute-value.ts';
import { encode } from './encode-value.ts';
import { NumberValue } from './number-value.ts';

/** True if a native value means what is stored, so that it must not be written again. False for a value that DynamoDB cannot store. */
export function encodesTo(stored: AttributeValue, value: unknown): boolean {
  if (isPlainly(stored, value)) return true;
  if (typeof value === 'string' || typeof value === 'boolean') return false;
  try {
    return sameValue(stored, encode(value, ''));
  } catch (error) {
    if (error instanceof ItemError) return false;
    throw error;
  }
}

/** True if a value is what decoding gave, which needs no encoding to see. False leaves it open: a number may be spelled in another way. */
function isPlainly(stored: AttributeValue, value: unknown): boolean {
  if (typeof value === 'string') return 'S' in stored && stored.S === value;
  if (typeof value === 'number') return 'N' in stored && NumberValue.exact(stored.N) === value;
  if (typeof value === 'boolean') return 'BOOL' in stored && stored.BOOL === value;
  if (typeof value !== 'object') return false;
  if (value === null) return 'NULL' in stored;
  if ('M' in stored) return isPlainObject(value) && holdsPlainly(stored.M, value);
  if ('L' in stored)
    return Array.isArray(value) && value.length === stored.L.length && stored.L.every((element, index) => isPlainly(element, value[index]));
  return 'SS' in stored && value instanceof Set && value.size === stored.SS.length && stored.SS.every((text) => value.has(text));
}

function isPlainObject(value: object): value is Record<string, unknown> {
  return Object.getPrototypeOf(value) === Object.prototype;
}

function holdsPlainly(stored: Image, value: Record<string, unknown>): boolean {
  const names = Object.keys(value);
  if (names.length !== Object.keys(stored).length) return false;
  return names.every((name) => {
    const before = Object.hasOwn(stored, name) ? stored[name] : undefined;
    return before !== undefined && isPlainly(before, value[name]);
  });
}
