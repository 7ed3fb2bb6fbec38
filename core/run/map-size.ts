const bytesPerSegment = 128 * 1024 * 1024;

/** The largest page of a Scan, in bytes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html */
const bytesPerPage = 1024 * 1024;
/** Items of a table that one worker has changed after two seconds, at its limit of write units. */
export const maxItemsOfSmallTable = 1000;

/** Whether a table can be small, by what DescribeTable says, which is up to six hours old: a page of it tells. */
export function maySeemSmall({ bytes, items }: { bytes: number; items: number }): boolean {
  return bytes <= bytesPerPage && items <= maxItemsOfSmallTable;
}

/**
 * The number of segments for a table of this size, unless the run's input gives one.
 *
 * @param isSmall one page holds the whole table: more segments would be more workers that have next to nothing to do
 */
export function totalSegmentsFor(bytes: number, isSmall: boolean): number {
  if (isSmall) return 1;
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
