/**
 * What became of the scanned items. Each counts once:
 * scanned = changed + unchanged + kept + vanished + contended + failed.
 */
export interface Counters {
  scanned: number;
  changed: number;
  unchanged: number;
  /** Nothing written, as what the function gives exists already. */
  kept: number;
  /** Deleted by the application between read and write. */
  vanished: number;
  /** Changed by the application at every attempt; left to the next pass. */
  contended: number;
  failed: number;
  /** Beside the above: items written under another key. */
  inserted: number;
  /** Beside the above: changed items that were deleted. */
  deleted: number;
  /** Of the deleted ones, those in whose place an item was written under another key. */
  moved: number;
  /** Beside the above: items whose existing value is not what the function gives. */
  differing: number;
  /** Requests that DynamoDB throttled and that were sent again; not part of the sums above. */
  throttled: number;
  /** Capacity units consumed, reported by DynamoDB or estimated from item sizes. */
  readUnits: number;
  writeUnits: number;
  /** Write units of other tables into which the version inserts. */
  otherWriteUnits: number;
}

export const outcomes = ['changed', 'unchanged', 'kept', 'vanished', 'contended', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

export function noCounters(): Counters {
  return {
    scanned: 0,
    changed: 0,
    unchanged: 0,
    kept: 0,
    vanished: 0,
    contended: 0,
    failed: 0,
    inserted: 0,
    deleted: 0,
    moved: 0,
    differing: 0,
    throttled: 0,
    readUnits: 0,
    writeUnits: 0,
    otherWriteUnits: 0,
  };
}

export function addCounters(a: Counters, b: Partial<Counters>): Counters {
  const sum = { ...a };
  for (const name of Object.keys(sum) as (keyof Counters)[]) sum[name] += b[name] ?? 0;
  return sum;
}

/** What was counted since `before`. */
export function countedSince(before: Counters, now: Counters): Counters {
  const difference = { ...now };
  for (const name of Object.keys(difference) as (keyof Counters)[]) difference[name] -= before[name];
  return difference;
}

export function sumCounters(all: Iterable<Partial<Counters>>): Counters {
  let sum = noCounters();
  for (const counters of all) sum = addCounters(sum, counters);
  return sum;
}
