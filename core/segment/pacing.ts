import type { Clock } from '../clock.ts';

/** How long the largest request may take to earn: what a worker can be ahead of its budget in any stretch of time, in seconds. */
const depthSeconds = 0.5;
/** Of a rate that was throttled, this remains. */
const decrease = 0.5;
/** How fast the average of what is spent forgets, in seconds. */
const memorySeconds = 2;
/** How much a new report weighs against what estimates were worth before. */
const weightOfReport = 0.2;

/** What a pacing did since it was asked last. */
export interface PacingReport {
  units: number;
  /** Milliseconds somebody waited for the budget, and for a rate that throttling had lowered. */
  waitedMs: { budget: number; throttling: number };
  throttles: number;
}

/**
 * Spends at most a rate of capacity units a second: a bucket that starts empty, fills at the rate, holds no more than half a second of it,
 * and is paid from before a request is sent. So in any stretch of time the rate is exceeded by one request at most, and a request is no
 * larger than half a second earns, but for a single item that costs more. Neither workers that start together nor one that was idle
 * make a burst.
 *
 * Estimates are paid, and settled with what DynamoDB reports; what they prove to be worth (indexes, projected items) corrects the next.
 * Throttling halves the rate, success lets it grow back (AIMD).
 */
export class Pacing {
  readonly #clock: Clock;
  #budget: number;
  #rate: number;
  #tokens = 0;
  /** What the first in the queue waits for. */
  #wanted = 0;
  #wake: () => void = () => {};
  #filledAt: number;
  #slowedAt = Number.NEGATIVE_INFINITY;
  #queue: Promise<unknown> = Promise.resolve();
  /** Until DynamoDB reports what one costs. */
  #unitsPerEstimate = 1;
  readonly #isBlind: boolean;
  /** Sum of estimates that were answered. */
  #learntFrom = 0;
  #use = 0;
  #usedAt: number;
  #report: PacingReport = emptyReport();
  #throttles = 0;

  /**
   * @param budget units a second; Infinity for no limit
   * @param isBlind estimates may be far too low: no request is larger than all that were reported before it
   */
  constructor(clock: Clock, budget: number, isBlind = false) {
    this.#isBlind = isBlind;
    this.#clock = clock;
    this.#budget = budget;
    this.#rate = budget;
    this.#filledAt = clock.monotonic();
    this.#usedAt = this.#filledAt;
  }

  /** Changes the budget while running. A rate that throttling has lowered grows to a higher one in its own time. */
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

  /** What a request should be estimated at, at most; 0 for as little as can be. */
  get maxAffordable(): number {
    const affordable = (this.#rate * depthSeconds) / this.#unitsPerEstimate;
    return this.#isBlind ? Math.min(affordable, this.#learntFrom) : affordable;
  }

  /** Whether nothing is known yet of what requests cost: the first one should be answered before the next. */
  get isProbing(): boolean {
    return this.#isBlind && this.#learntFrom === 0;
  }

  /** What one estimated unit proved to cost. */
  get unitsPerEstimate(): number {
    return this.#unitsPerEstimate;
  }

  /**
   * Waits for a turn, first come first served, and pays.
   *
   * @param goOn asked at least once a second during the wait, which can be long where the budget is small; ends it by throwing
   * @returns the units that were paid, to be settled
   */
  pay(estimate: number, goOn: () => Promise<void> = async () => {}): Promise<number> {
    const spent = this.#queue.then(() => this.#waitForTokens(estimate, goOn));
    this.#queue = spent.catch(() => {});
    return spent;
  }

  /** Corrects a payment by what was consumed. */
  correct(paid: number, consumed: number): void {
    this.charge(consumed - paid);
    // Whoever waits had reckoned without what comes back, and would sleep while the bucket is full. After throttling that is welcome.
    if (consumed < paid && !this.#isSlowed) this.#wake();
  }

  /** Charges what could not wait to be paid. */
  charge(units: number): void {
    this.#tokens -= units;
    this.#count(units);
  }

  /** Takes over what DynamoDB reported for requests, against what they were estimated at; 0 where it reports nothing. */
  learn(estimate: number, reported: number): void {
    if (estimate <= 0) return;
    this.#learntFrom += estimate;
    if (reported <= 0) return;
    const weight = Math.max(weightOfReport, estimate / this.#learntFrom);
    this.#unitsPerEstimate += weight * (reported / estimate - this.#unitsPerEstimate);
  }

  /**
   * Halves what is spent, at most once a second, since one burst of throttles is one signal. The rate may be far above what is spent;
   * what is spent may be far below it only because a worker has just begun.
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

  async #waitForTokens(estimate: number, goOn: () => Promise<void>): Promise<number> {
    const paid = estimate * this.#unitsPerEstimate;
    this.#wanted = paid;
    try {
      for (this.#fill(); this.#tokens < paid; this.#fill()) {
        await goOn();
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

  /** Additive increase: back to the budget within half a minute, or by 50 units a second each second where there is no budget. */
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
  }
}

function emptyReport(): PacingReport {
  return { units: 0, waitedMs: { budget: 0, throttling: 0 }, throttles: 0 };
}
