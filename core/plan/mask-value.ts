import type { AttributeValue, Image } from '../values/attribute-value.ts';

/**
 * A masked value: its type, and its length in characters (S), digits (N), bytes (B), or elements (all other types).
 * `value` is set only if values may be shown.
 */
export interface ShownValue {
  type: 'S' | 'N' | 'B' | 'SS' | 'NS' | 'BS' | 'M' | 'L' | 'BOOL' | 'NULL';
  length?: number;
  /** The value in DynamoDB's JSON: `{"N": "12345678901234567890.5"}` */
  value?: AttributeValue;
}

export type ShownImage = Record<string, ShownValue>;

export function showValue(value: AttributeValue, withValue: boolean): ShownValue {
  return {
    ...maskValue(value),
    ...(withValue ? { value } : {}),
  };
}

/** Names of top-level attributes are the table's vocabulary and are shown; names in maps can be data and are not. */
export function showImage(image: Image, withValues: boolean): ShownImage {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, showValue(value, withValues)]));
}

function maskValue(value: AttributeValue): ShownValue {
  if ('S' in value) return { type: 'S', length: value.S.length };
  if ('N' in value) return { type: 'N', length: value.N.replace(/\D/g, '').length };
  if ('B' in value) return { type: 'B', length: value.B.length };
  if ('M' in value) return { type: 'M', length: Object.keys(value.M).length };
  if ('L' in value) return { type: 'L', length: value.L.length };
  if ('SS' in value) return { type: 'SS', length: value.SS.length };
  if ('NS' in value) return { type: 'NS', length: value.NS.length };
  if ('BS' in value) return { type: 'BS', length: value.BS.length };
  return 'BOOL' in value ? { type: 'BOOL' } : { type: 'NULL' };
}
