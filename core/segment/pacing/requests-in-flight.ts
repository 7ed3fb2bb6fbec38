import type { Clock } from '../../clock.ts';

/** Max requests with writes that a worker has in flight. Each has a connection of its own. */
export const maxRequestsInFlight = 128;
/** What is measured in that time, by that many answers at least, counts for the next. */
const windowMs = 500;
const minAnswers = 20;
/** Room to grow: if nothing else limits the worker, its requests double with each window. */
const headroom = 2;

/**
 * How many requests a worker may have in flight, by Little's law: as many as are answered a second, times the seconds that one takes, twice.
 *
 * What one takes is the least mean of any window. If the table, or the worker's processor, is what limits, more requests only wait longer: a present
 * mean would grow with their queue, and let in still more. Throttled requests do not count, as they are answered at once.
 */
export class RequestsInFlight {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #min: number;
  readonly #max: number;
  #limit: number;
  #latencyMs = Number.POSITIVE_INFINITY;
  #windowAt: number;
  #answers = 0;
  #sumOfMs = 0;

  /** @param min at any latency */
  constructor(clock: Pick<Clock, 'monotonic'>, min: number, max = maxRequestsInFlight) {
    this.#clock = clock;
    this.#min = min;
    this.#max = max;
    this.#limit = min;
    this.#windowAt = clock.monotonic();
  }

  get limit(): number {
    return this.#limit;
  }

  /** Takes in that a request is sent. @returns to be called when it is answered, unless it was throttled */
  sent(): () => void {
    const at = this.#clock.monotonic();
    return () => this.#answered(at);
  }

  #answered(sentAt: number): void {
    const now = this.#clock.monotonic();
    this.#answers++;
    this.#sumOfMs += now - sentAt;
    const passedMs = now - this.#windowAt;
    if (passedMs < windowMs || this.#answers < minAnswers) return;
    this.#latencyMs = Math.min(this.#latencyMs, this.#sumOfMs / this.#answers);
    const wanted = Math.ceil(headroom * (this.#answers / passedMs) * this.#latencyMs);
    this.#limit = Math.min(this.#max, Math.max(this.#min, wanted));
    this.#windowAt = now;
    this.#answers = 0;
    this.#sumOfMs = 0;
  }
}
