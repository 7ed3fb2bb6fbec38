import type { SortKeyComparison } from '../core/values/sort-key-test.ts';

const operators = { equals: '=', lessThan: '<', atMost: '<=', greaterThan: '>', atLeast: '>=' };

/**
 * The part of a KeyConditionExpression that is about the sort key. Its values are `:s0` and, for `between`, `:s1`.
 *
 * @param name placeholder of the key's name, such as `#s`
 */
export function sortKeyCondition(comparison: SortKeyComparison, name: string): string {
  if (comparison === 'beginsWith') return `begins_with(${name}, :s0)`;
  if (comparison === 'between') return `${name} BETWEEN :s0 AND :s1`;
  return `${name} ${operators[comparison]} :s0`;
}
