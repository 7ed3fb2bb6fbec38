const bytesPerSegment = 128 * 1024 * 1024;

/** Workers at a time where there is no budget. */
const defaultMaxConcurrency = 40;
/** What each worker should have to write a second: one that waits for its budget costs as much as one that works. */
const unitsWorthAWorker = 50;

/** Workers at a time, unless a run asks for another number. @param writeUnits of the whole run, a second; undefined for no limit */
export function maxConcurrencyFor(writeUnits: number | undefined): number {
  return Math.min(defaultMaxConcurrency, Math.ceil((writeUnits ?? Number.POSITIVE_INFINITY) / unitsWorthAWorker));
}

/** Slices of the parallel Scan for a table of so many bytes, unless a run asks for another number. */
export function totalSegmentsFor(bytes: number): number {
  return Math.min(10_000, Math.max(8, Math.ceil(bytes / bytesPerSegment)));
}

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
