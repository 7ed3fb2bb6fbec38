import type { Clock } from '../../clock.ts';
import { maxWriteUnitsPerWorker } from '../../ledger/workers.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
const maxWriteUnitsOfPartition = 1000;

/** Units a second by which the cap rises each second: from half of a partition to all of it in 20 seconds, and slowly once throttling has shown a limit. */
const rise = 25;
const riseAfterThrottling = 2;
/** The part of the cap that remains after throttling. */
const decrease = 0.9;

/**
 * What one worker may write a second, whatever its share of the budget.
 *
 * An item collection (the items of one partition key) is never split between segments, so the last worker of a run may write one for hours. While its
 * pages lie within one collection, the cap rises towards what a partition takes, or as far as throttling allows; with the first page that does not, it
 * is half of a partition again.
 */
export class WriteCap {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #min: number;
  readonly #max: number;
  #units: number;
  /** When the last page within the collection was read; undefined outside of one. */
  #risenAt: number | undefined;
  #wasThrottled = false;

  /** @param fixed the cap, if it is configured: then it does not rise */
  constructor(clock: Pick<Clock, 'monotonic'>, fixed: number | undefined) {
    this.#clock = clock;
    this.#min = fixed ?? maxWriteUnitsPerWorker;
    this.#max = fixed ?? maxWriteUnitsOfPartition;
    this.#units = this.#min;
  }

  /** Write units a second. */
  get units(): number {
    return this.#units;
  }

  /**
   * Takes in that a page was read.
   *
   * @param isWithinCollection all of its items have the partition key of the page before it
   * @param throttledAt when writes were throttled last, in monotonic milliseconds
   */
  pageRead(isWithinCollection: boolean, throttledAt: number): void {
    const now = this.#clock.monotonic();
    const since = this.#risenAt;
    this.#risenAt = isWithinCollection ? now : undefined;
    if (!isWithinCollection) {
      this.#units = this.#min;
      this.#wasThrottled = false;
    } else if (since !== undefined) {
      const isThrottled = throttledAt > since;
      this.#wasThrottled ||= isThrottled;
      const risen = ((this.#wasThrottled ? riseAfterThrottling : rise) * (now - since)) / 1000;
      this.#units = Math.min(this.#max, Math.max(this.#min, isThrottled ? decrease * this.#units : this.#units + risen));
    }
  }
}
