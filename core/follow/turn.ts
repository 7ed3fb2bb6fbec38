/** Of the remaining time of an invocation, this share is kept back for what is in flight and for the ledger; up to this long. */
const shareOfTimeKeptBack = 0.3;
/** Max milliseconds of an invocation if several tables share the function's concurrency. */
const maxTurnMs = 20_000;

/**
 * How long an invocation may decide and write, in milliseconds.
 *
 * Followed tables share the concurrency that is reserved for the function. An invocation that waits for its budget, or for a table that throttles, would
 * hold its place for minutes, and the records of another table would wait. So it gives its place back after a while: the stream gives the
 * records that are not settled again.
 *
 * @param remainingMs until Lambda ends the invocation
 * @param maxKeptBackMs what requests in flight need at most
 * @param tables how many are followed
 */
export function turnOf(remainingMs: number, maxKeptBackMs: number, tables: number): number {
  const whole = remainingMs - Math.min(maxKeptBackMs, remainingMs * shareOfTimeKeptBack);
  return tables > 1 ? Math.min(whole, maxTurnMs) : whole;
}
