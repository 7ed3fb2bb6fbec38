/** Records the capacity that a run consumes over time. */
export class Consumption {
  readonly #at: number[] = [];
  readonly #units: number[] = [];
  total = 0;

  add(at: number, units: number): void {
    this.#at.push(at);
    this.#units.push(units);
    this.total += units;
  }

  /** Units consumed between two moments, in milliseconds. */
  between(from: number, to: number): number {
    return this.#units.reduce((sum, units, index) => sum + ((this.#at[index] ?? 0) >= from && (this.#at[index] ?? 0) < to ? units : 0), 0);
  }

  /** For each window of this length that ends at a consumption: the units consumed in it. */
  *windows(milliseconds: number): Iterable<{ from: number; to: number; units: number }> {
    let first = 0;
    let sum = 0;
    for (const [index, to] of this.#at.entries()) {
      sum += this.#units[index] ?? 0;
      while ((this.#at[first] ?? 0) <= to - milliseconds) sum -= this.#units[first++] ?? 0;
      yield { from: to - milliseconds, to, units: sum };
    }
  }

  /** The max number of units consumed in one such window. */
  worst(milliseconds: number): number {
    let worst = 0;
    for (const { units } of this.windows(milliseconds)) worst = Math.max(worst, units);
    return worst;
  }
}
