/**
 * The numbers 0 … count − 1 in an order in which neighbours are far apart: neighbouring segments of a Scan share partitions, and would
 * throttle them together. Steps by the golden ratio, made coprime to the count, so that every number comes once.
 */
export function scatter(count: number): number[] {
  let step = Math.max(1, Math.round(count * 0.618));
  while (greatestCommonDivisor(step, count) !== 1) step++;
  return Array.from({ length: count }, (_, index) => (index * step) % count);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
