/** The true value is within the bounds in 95 % of samples. */
const z = 1.96;

/** The max share of the whole, from 0 to 1, if `count` of `of` items in a random sample have a property (upper bound of Wilson). */
export function largestShare(count: number, of: number): number {
  if (of === 0) return 1;
  const share = count / of;
  const centre = share + (z * z) / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return Math.min(1, (centre + spread) / (1 + (z * z) / of));
}

/** The size of a table, and the share of it that a sample covers. */
export interface Extent {
  /** Number of items; undefined if not known yet, since DynamoDB counts about every six hours. */
  items: number | undefined;
  bytes: number | undefined;
  /** How many items of the table each sampled item represents; 1 if the table's size is not known. */
  weight: number;
}

/**
 * Estimates the size of a table from DynamoDB's count and from a sample.
 *
 * @param counted figures of DynamoDB, which are up to about six hours old
 */
export function extentOf(
  counted: { items: number; bytes: number },
  sample: { items: number; bytes: number; isWholeTable: boolean },
): Extent {
  if (sample.isWholeTable) return { items: sample.items, bytes: sample.bytes, weight: 1 };
  if (counted.items <= sample.items) return { items: undefined, bytes: undefined, weight: 1 };
  return { items: counted.items, bytes: counted.bytes, weight: sample.items > 0 ? counted.items / sample.items : 1 };
}
