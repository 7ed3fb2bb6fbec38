import { defineOwn } from '../values/attribute-value.ts';
import { NumberValue } from '../values/number-value.ts';

/**
 * A copy of an item, at any depth, as a function sees it in a run: it may change it in place, and numbers that JavaScript can hold exactly are
 * numbers. What DynamoDB cannot store, such as a date, stays what it is.
 */
export function readableCopy(item: object): { [name: string]: unknown } {
  const copy: { [name: string]: unknown } = {};
  for (const [name, value] of Object.entries(item)) if (value !== undefined) defineOwn(copy, name, copyOf(value));
  return copy;
}

function copyOf(value: unknown): unknown {
  if (typeof value === 'bigint') return NumberValue.exact(String(value));
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Set) return new Set([...value].map(copyOf));
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if ('toAttributeValue' in value) return NumberValue.exact(String(value));
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? readableCopy(value) : value;
}
