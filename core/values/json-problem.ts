/**
 * Finds what JSON would drop or change silently.
 *
 * @returns the problem in words, without any of the data; undefined if the value is JSON
 */
export function jsonProblem(value: unknown): string | undefined {
  return findIn(value, new Set());
}

function findIn(value: unknown, above: Set<object>): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value);
  if (typeof value === 'undefined') return 'undefined';
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (above.has(value)) return 'an object that contains itself';
  const isPlain = Array.isArray(value) || value instanceof Object === false || Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return `a ${value.constructor?.name ?? 'class instance'}`;
  above.add(value);
  for (const element of Object.values(value)) {
    const found = findIn(element, above);
    if (found) return found;
  }
  above.delete(value);
  return undefined;
}
