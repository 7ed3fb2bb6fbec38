import type { Clock } from './clock.ts';

/**
 * Spends at most a rate of capacity units a second. Prepaid: whoever wants to spend waits until the bucket is not in debt, then takes an
 * estimate; the difference to what was really consumed is settled afterwards. Starts empty and saves nothing up, so that neither many
 * workers starting together nor one that was idle make a burst: in any second, at most the rate and one request are spent. Throttling
 * halves the rate, success lets it grow back.
 */
export class Pacing {
  readonly #clock: Clock;
  #budget: number;
  #rate: number;
  #tokens = 0;
  #filledAt: number;
  #slowedAt = Number.NEGATIVE_INFINITY;
  #queue: Promise<void> = Promise.resolve();

  /** @param budget units a second; Infinity for no limit */
  constructor(clock: Clock, budget: number) {
    this.#clock = clock;
    this.#budget = budget;
    this.#rate = budget;
    this.#filledAt = clock.monotonic();
  }

  /** Changes the budget while running. */
  set budget(budget: number) {
    if (budget === this.#budget) return;
    this.#fill();
    this.#budget = budget;
    this.#rate = budget;
  }

  /** The present rate: the budget, or less after throttling. */
  get rate(): number {
    return this.#rate;
  }

  /**
   * Waits for a turn, first come first served, and spends `units`.
   *
   * @param goOn asked at least once a second during the wait, which can be long where the budget is small; ends it by throwing
   */
  spend(units: number, goOn: () => Promise<void> = async () => {}): Promise<void> {
    if (this.#rate === Number.POSITIVE_INFINITY) return Promise.resolve();
    const spent = this.#queue.then(() => this.#waitUntilSolvent(goOn)).then(() => this.settle(units));
    this.#queue = spent.catch(() => {});
    return spent;
  }

  /** Charges more (or, negative, gives back) once the real consumption is known. */
  settle(units: number): void {
    this.#tokens -= units;
  }

  /** Halves the rate, at most once a second, since one burst of throttles is one signal. */
  throttled(unitsPerSecond: number): void {
    const now = this.#clock.monotonic();
    if (now - this.#slowedAt < 1000) return;
    this.#fill();
    this.#slowedAt = now;
    this.#rate = Math.max(1, Math.min(this.#rate, unitsPerSecond) / 2);
  }

  async #waitUntilSolvent(goOn: () => Promise<void>): Promise<void> {
    for (this.#fill(); this.#tokens < 0; this.#fill()) {
      await goOn();
      const wait = Math.min(1000, Math.ceil((-this.#tokens / this.#rate) * 1000));
      await this.#clock.sleep(wait);
    }
  }

  /** Pays off debt. What was given back beyond that is kept. */
  #fill(): void {
    const now = this.#clock.monotonic();
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#recover(seconds, now);
    if (this.#rate === Number.POSITIVE_INFINITY) this.#tokens = 0;
    else if (this.#tokens < 0) this.#tokens = Math.min(this.#tokens + this.#rate * seconds, 0);
  }

  /** Additive increase: back to the budget within about a minute, or by 50 units a second each second where there is no budget. */
  #recover(seconds: number, now: number): void {
    if (this.#rate >= this.#budget || now - this.#slowedAt < 1000) return;
    const step = Number.isFinite(this.#budget) ? this.#budget / 60 : 50;
    this.#rate = Math.min(this.#budget, this.#rate + step * seconds);
  }
}
