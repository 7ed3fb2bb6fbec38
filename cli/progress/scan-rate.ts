/** Milliseconds over which the rate is measured: long enough to be steady, short enough to follow a change. */
const span = 10_000;

/** Computes from totals how many items a second are scanned now. */
export class ScanRate {
  readonly #seen: { at: number; scanned: number }[] = [];

  /**
   * @param at milliseconds
   * @param scanned items of the run so far
   * @returns items a second; undefined before there are two totals that differ
   */
  next(at: number, scanned: number): number | undefined {
    // The time in which workers start or wait does not count: the rate is measured from the moment before the first item.
    if (this.#seen.every((seen) => seen.scanned === scanned)) this.#seen.length = 0;
    this.#seen.push({ at, scanned });
    while (this.#seen.length > 2 && at - (this.#seen[0]?.at ?? at) > span) this.#seen.shift();
    const [oldest] = this.#seen;
    if (!oldest || at <= oldest.at) return undefined;
    // If a segment begins again from its start, its items leave the total.
    return (Math.max(0, scanned - oldest.scanned) / (at - oldest.at)) * 1000;
  }
}
