import type { Clock } from '../clock.ts';
import { type Control, shareOf } from '../ledger/control.ts';
import type { Pace } from '../ledger/pace.ts';
import { Pacing, type PacingReport } from './pacing.ts';

/**
 * Write units a second of one worker, at most: a scan writes one partition after the other, and a partition takes 1,000.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export const maxWriteUnitsPerWorker = 500;

/** What a page should take to settle, where each of its items is written. */
const secondsPerPage = 2;
/** Small items are many in 1 MB, and a worker holds pages decoded: what it holds has a bound, whatever the items. */
const maxItemsPerPage = 1000;
/** A scanned page holds at most 1 MB, which costs so much. */
const maxReadUnitsPerPage = 128;
/** Reading is eventually consistent, half a unit for 4 KB; a write costs a unit for 1 KB. */
const writeUnitsPerReadUnit = 8;
/** What is said about less time than this says little. */
const minPaceMs = 1000;
/** Of the time that a worker waited for the same thing, from which on that is what limits it. */
const dominantWaitShare = 0.2;

/** A worker's share of the run's budget, for what it reads and for what it writes. */
export class WorkerPacing {
  readonly reads: Pacing;
  readonly writes: Pacing;
  readonly #clock: Clock;
  readonly #maxWriteUnits: number;
  #control: Control;
  #paceAt: number;
  #limit: Pace['limit'] = 'none';

  /** @param seesWholeItems where it does not, only DynamoDB's answers tell what items and their indexes cost */
  constructor(clock: Clock, control: Control, seesWholeItems: boolean, maxWriteUnits = maxWriteUnitsPerWorker) {
    this.#clock = clock;
    this.#maxWriteUnits = maxWriteUnits;
    this.#control = control;
    this.#paceAt = clock.monotonic();
    this.reads = new Pacing(clock, shareOf(control.budget.readUnits, control.budget.workers));
    this.writes = new Pacing(clock, this.#writeShare, !seesWholeItems);
  }

  /** Keeps to the budget of a newer control. */
  follow(control: Control): void {
    this.#control = control;
    this.reads.budget = shareOf(control.budget.readUnits, control.budget.workers);
    this.writes.budget = this.#writeShare;
  }

  /**
   * The items a page should have, and what they may cost: no more than the budgets allow to read and to settle soon, as what is read
   * long before it is written is more often changed meanwhile.
   */
  get page(): { limit: number; estimate: number } {
    const unitsToWrite = Math.max(1, writeUnitsPerReadUnit * this.reads.unitsPerEstimate) * this.writes.unitsPerEstimate;
    const settledSoon = this.#control.dryRun ? Number.POSITIVE_INFINITY : (secondsPerPage * this.writes.rate) / unitsToWrite;
    const items = Math.max(1, Math.floor(Math.min(maxItemsPerPage, this.reads.maxAffordable, settledSoon)));
    const estimate = Math.min(items, maxReadUnitsPerPage / this.reads.unitsPerEstimate);
    return { limit: items, estimate };
  }

  /** Whether a larger share would make this worker faster. */
  get isHeldByShare(): boolean {
    return this.#control.budget.workers > 1 && (this.#limit === 'writeBudget' || this.#limit === 'readBudget');
  }

  /** How fast it went since the last pace; undefined where that is too short ago to tell. */
  takePace(): Pace | undefined {
    const milliseconds = this.#clock.monotonic() - this.#paceAt;
    if (milliseconds < minPaceMs) return undefined;
    this.#paceAt += milliseconds;
    const [reads, writes] = [this.reads.takeReport(), this.writes.takeReport()];
    const perSecond = ({ units }: PacingReport): number => Math.round((units / milliseconds) * 10_000) / 10;
    this.#limit = this.#limitOf(reads, writes, dominantWaitShare * milliseconds);
    return { at: this.#clock.wall(), readUnits: perSecond(reads), writeUnits: perSecond(writes), limit: this.#limit };
  }

  /** Refused requests since the last call. */
  takeThrottles(): number {
    return this.reads.takeThrottles() + this.writes.takeThrottles();
  }

  #limitOf(reads: PacingReport, writes: PacingReport, telling: number): Pace['limit'] {
    const isThrottled = [reads, writes].some(({ throttles, waitedMs }) => throttles > 0 || waitedMs.throttling > telling);
    if (isThrottled) return 'throttling';
    if (writes.waitedMs.budget > telling)
      return shareOf(this.#control.budget.writeUnits, this.#control.budget.workers) < this.#maxWriteUnits ? 'writeBudget' : 'partition';
    return reads.waitedMs.budget > telling ? 'readBudget' : 'none';
  }

  get #writeShare(): number {
    return Math.min(shareOf(this.#control.budget.writeUnits, this.#control.budget.workers), this.#maxWriteUnits);
  }
}
