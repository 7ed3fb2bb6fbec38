import type { AttributeValue } from './attribute-value.ts';
import { compareNumbers } from './number-value.ts';

/** How a sort key can be compared, in `only` and in look-ups. */
export const sortKeyComparisons = ['equals', 'beginsWith', 'between', 'lessThan', 'atMost', 'greaterThan', 'atLeast'] as const;
export type SortKeyComparison = (typeof sortKeyComparisons)[number];

/** A condition on the sort key, with the values as DynamoDB stores them. */
export interface SortKeyTest {
  by: SortKeyComparison;
  operands: readonly AttributeValue[];
}

/** Whether a value meets the condition. */
export function passes({ by, operands }: SortKeyTest, value: AttributeValue): boolean {
  const [first, second] = operands;
  if (!first) return false;
  switch (by) {
    case 'equals':
      return compareSortKeys(value, first) === 0;
    case 'beginsWith':
      return startsWith(value, first);
    case 'between':
      return compareSortKeys(value, first) >= 0 && second !== undefined && compareSortKeys(value, second) <= 0;
    case 'lessThan':
      return compareSortKeys(value, first) < 0;
    case 'atMost':
      return compareSortKeys(value, first) <= 0;
    case 'greaterThan':
      return compareSortKeys(value, first) > 0;
    case 'atLeast':
      return compareSortKeys(value, first) >= 0;
  }
}

/** As DynamoDB sorts: numbers by value, text and binary by unsigned bytes. */
export function compareSortKeys(a: AttributeValue, b: AttributeValue): number {
  if ('N' in a && 'N' in b) return compareNumbers(a.N, b.N);
  return compareBytes(bytesOf(a), bytesOf(b));
}

function startsWith(value: AttributeValue, prefix: AttributeValue): boolean {
  const [bytes, start] = [bytesOf(value), bytesOf(prefix)];
  return compareBytes(bytes.subarray(0, start.length), start) === 0;
}

function bytesOf(value: AttributeValue): Uint8Array {
  if ('B' in value) return value.B;
  return new TextEncoder().encode('S' in value ? value.S : '');
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = Number(a[index]) - Number(b[index]);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
