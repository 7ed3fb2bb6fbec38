/** 95 % of estimates hold what is true. */
const z = 1.96;

/** So large may a share of the whole be, seen `count` times in a random sample of `of` (Wilson's upper bound), from 0 to 1. */
export function largestShare(count: number, of: number): number {
  if (of === 0) return 1;
  const share = count / of;
  const centre = share + (z * z) / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return Math.min(1, (centre + spread) / (1 + (z * z) / of));
}

/** What is known of a table's size, and how far a sample of it reaches. */
export interface Extent {
  /** Undefined where nobody knows yet: DynamoDB counts every six hours or so. */
  items: number | undefined;
  bytes: number | undefined;
  /** So many items of the table each sampled one stands for; 1 where the table's size is not known. */
  weight: number;
}

/**
 * How large a table is, by DynamoDB's count and by a sample.
 *
 * @param counted by DynamoDB, about six hours ago
 */
export function extentOf(
  counted: { items: number; bytes: number },
  sample: { items: number; bytes: number; isWholeTable: boolean },
): Extent {
  if (sample.isWholeTable) return { items: sample.items, bytes: sample.bytes, weight: 1 };
  if (counted.items <= sample.items) return { items: undefined, bytes: undefined, weight: 1 };
  return { items: counted.items, bytes: counted.bytes, weight: sample.items > 0 ? counted.items / sample.items : 1 };
}
