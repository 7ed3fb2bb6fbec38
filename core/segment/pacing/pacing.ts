import type { Clock } from '../../clock.ts';

/** Seconds of the rate that the bucket holds. In any stretch of time a worker can be ahead of its budget by this much. */
const depthSeconds = 0.5;
/** The part of a rate that remains after throttling. */
const decrease = 0.5;
/** Time constant of the moving average of units spent, in seconds. */
const memorySeconds = 2;
/** Min weight of a new report in the moving average of `unitsPerEstimate`. */
const weightOfReport = 0.2;

/** What happened since the last report. */
export interface PacingReport {
  units: number;
  /** Milliseconds of waiting, by cause: the budget, or a rate that throttling had lowered. */
  waitedMs: { budget: number; throttling: number };
  throttles: number;
}

/**
 * Limits the capacity units that one worker spends per second, with a token bucket. The bucket starts empty, fills at the rate, and holds
 * up to half a second of it. A request is paid before it is sent. So in any stretch of time the rate is exceeded by one request at most,
 * and a request costs no more than half a second of the rate, unless a single item costs more. Neither workers that start together nor
 * a worker that was idle make a burst.
 *
 * An estimate is paid first, and corrected by what DynamoDB reports. The ratio of both (indexes, projected items) scales later estimates.
 * Throttling halves the rate; without throttling it grows back (additive increase, multiplicative decrease).
 */
export class Pacing {
  readonly #clock: Clock;
  #budget: number;
  #rate: number;
  #tokens = 0;
  /** Units that the first payment in the queue waits for. */
  #wanted = 0;
  #wake: () => void = () => {};
  #filledAt: number;
  #slowedAt = Number.NEGATIVE_INFINITY;
  #queue: Promise<unknown> = Promise.resolve();
  /** 1 until DynamoDB has reported consumed units. */
  #unitsPerEstimate = 1;
  readonly #isBlind: boolean;
  /** Sum of the estimates of answered requests. */
  #learntFrom = 0;
  /** Moving average of units spent per second. */
  #use = 0;
  #usedAt: number;
  #report: PacingReport = emptyReport();
  #throttles = 0;
  #spent = 0;

  /**
   * @param budget units per second; Infinity for no limit
   * @param isBlind estimates may be far too low: a request may be estimated up to the sum of all estimates before it that were answered
   */
  constructor(clock: Clock, budget: number, isBlind = false) {
    this.#isBlind = isBlind;
    this.#clock = clock;
    this.#budget = budget;
    this.#rate = budget;
    this.#filledAt = clock.monotonic();
    this.#usedAt = this.#filledAt;
  }

  /** Changes the budget during the run. A rate that throttling has lowered keeps growing at its own speed. */
  set budget(budget: number) {
    if (budget === this.#budget) return;
    this.#fill();
    this.#rate = this.#isSlowed ? Math.min(this.#rate, budget) : budget;
    this.#budget = budget;
  }

  /** The present rate: the budget, or less after throttling. */
  get rate(): number {
    return this.#rate;
  }

  /** Max estimate of the next request; 0 asks for the smallest possible request. */
  get maxAffordable(): number {
    const affordable = (this.#rate * depthSeconds) / this.#unitsPerEstimate;
    return this.#isBlind ? Math.min(affordable, this.#learntFrom) : affordable;
  }

  /** Max units of one request, if its cost is known. */
  get maxUnits(): number {
    return this.#rate * depthSeconds;
  }

  /** All units that were paid or charged, corrected as far as DynamoDB has answered. */
  get spent(): number {
    return this.#spent;
  }

  /** When the rate was last halved, in monotonic milliseconds. */
  get throttledAt(): number {
    return this.#slowedAt;
  }

  /** Whether the cost of requests is still unknown: the first request should be answered before the next is sent. */
  get isProbing(): boolean {
    return this.#isBlind && this.#learntFrom === 0;
  }

  /** Consumed units per estimated unit, as reported so far. */
  get unitsPerEstimate(): number {
    return this.#unitsPerEstimate;
  }

  /**
   * Waits until the bucket holds the price of a request, first come first served, and takes it out.
   *
   * @param assertMayGoOn called at least once a second during the wait, which is long if the budget is small; ends it by throwing
   * @returns the units paid, for `correct`
   */
  pay(estimate: number, assertMayGoOn: () => Promise<void> = async () => {}): Promise<number> {
    return this.#pay(() => estimate * this.#unitsPerEstimate, assertMayGoOn);
  }

  /** The same for a request whose cost is known in units. */
  payUnits(units: number, assertMayGoOn: () => Promise<void> = async () => {}): Promise<number> {
    return this.#pay(() => units, assertMayGoOn);
  }

  #pay(unitsNow: () => number, assertMayGoOn: () => Promise<void>): Promise<number> {
    const spent = this.#queue.then(() => this.#waitForTokens(unitsNow(), assertMayGoOn));
    this.#queue = spent.catch(() => {});
    return spent;
  }

  /** Corrects a payment to the units that were consumed. */
  correct(paid: number, consumed: number): void {
    this.charge(consumed - paid);
    // The first in the queue computed its sleep without this refund, and would sleep too long. After throttling, a longer sleep is right.
    if (consumed < paid && !this.#isSlowed) this.#wake();
  }

  /** Takes units out of the bucket without waiting, even below zero. */
  charge(units: number): void {
    this.#tokens -= units;
    this.#count(units);
  }

  /** Learns from answered requests: their estimate, and the units that DynamoDB reported; 0 if it reported none. */
  learn(estimate: number, reported: number): void {
    if (estimate <= 0) return;
    this.#learntFrom += estimate;
    if (reported <= 0) return;
    const weight = Math.max(weightOfReport, estimate / this.#learntFrom);
    this.#unitsPerEstimate += weight * (reported / estimate - this.#unitsPerEstimate);
  }

  /**
   * Halves the units spent per second, at most once a second, since one burst of throttles is one signal. The rate alone may be far above
   * what is spent, and what is spent may be far below the rate only because the worker has just begun.
   */
  throttled(): void {
    this.#report.throttles++;
    this.#throttles++;
    const now = this.#clock.monotonic();
    if (now - this.#slowedAt < 1000) return;
    this.#fill();
    this.#count(0);
    this.#slowedAt = now;
    const rate = Number.isFinite(this.#rate) ? Math.max(this.#rate / 4, Math.min(this.#rate, this.#use) * decrease) : this.#use * decrease;
    this.#rate = Math.min(this.#budget, Math.max(1, rate));
  }

  /** What happened since the last call. */
  takeReport(): PacingReport {
    const report = this.#report;
    this.#report = emptyReport();
    return report;
  }

  /** Refused requests since the last call. */
  takeThrottles(): number {
    const throttles = this.#throttles;
    this.#throttles = 0;
    return throttles;
  }

  async #waitForTokens(paid: number, assertMayGoOn: () => Promise<void>): Promise<number> {
    this.#wanted = paid;
    try {
      for (this.#fill(); this.#tokens < paid; this.#fill()) {
        await assertMayGoOn();
        const wait = Math.min(1000, Math.ceil(((paid - this.#tokens) / this.#rate) * 1000));
        const reason = this.#isSlowed ? 'throttling' : 'budget';
        const since = this.#clock.monotonic();
        await Promise.race([this.#clock.sleep(wait), new Promise<void>((wake) => (this.#wake = wake))]);
        this.#report.waitedMs[reason] += this.#clock.monotonic() - since;
      }
    } finally {
      this.#wanted = 0;
    }
    this.charge(paid);
    return paid;
  }

  get #isSlowed(): boolean {
    return this.#rate < this.#budget;
  }

  #fill(): void {
    const now = this.#clock.monotonic();
    const seconds = (now - this.#filledAt) / 1000;
    this.#filledAt = now;
    this.#recover(seconds, now);
    const depth = Math.max(this.#rate * depthSeconds, this.#wanted);
    this.#tokens = this.#rate === Number.POSITIVE_INFINITY ? depth : Math.min(depth, this.#tokens + this.#rate * seconds);
  }

  /** Additive increase: back to the budget within half a minute, or by 50 units per second each second if there is no budget. */
  #recover(seconds: number, now: number): void {
    if (!this.#isSlowed || now - this.#slowedAt < 1000) return;
    const step = Number.isFinite(this.#budget) ? this.#budget / 30 : 50;
    this.#rate = Math.min(this.#budget, this.#rate + step * seconds);
  }

  #count(units: number): void {
    const now = this.#clock.monotonic();
    this.#use = this.#use * Math.exp((this.#usedAt - now) / 1000 / memorySeconds) + units / memorySeconds;
    this.#usedAt = now;
    this.#report.units += units;
    this.#spent += units;
  }
}

function emptyReport(): PacingReport {
  return { units: 0, waitedMs: { budget: 0, throttling: 0 }, throttles: 0 };
}
