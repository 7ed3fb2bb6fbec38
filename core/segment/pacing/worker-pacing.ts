import type { Clock } from '../../clock.ts';
import { type Control, otherWriteUnits } from '../../ledger/control.ts';
import type { Pace } from '../../ledger/pace.ts';
import { shareOf } from '../../ledger/workers.ts';
import { Pacing, type PacingReport } from './pacing.ts';
import { WriteCap } from './write-cap.ts';

/** Seconds that a page should take to settle if each of its items is written. */
const secondsPerPage = 2;
/** Limits the memory of a worker, which holds decoded pages: 1 MB can hold very many small items. */
export const maxItemsPerPage = 1000;
/** Read units of a scanned page of 1 MB, the largest there is. */
const maxReadUnitsPerPage = 128;
/** An eventually consistent read costs half a unit for 4 KB; a write costs a unit for 1 KB. */
const writeUnitsPerReadUnit = 8;
/** Min milliseconds for a meaningful pace. */
const minPaceMs = 1000;
/** The part of its time from which on waiting for one thing counts as the worker's limit. */
const dominantWaitShare = 0.2;

/** Spends a worker's share of the run's budget, on reads and on writes. */
export class WorkerPacing {
  readonly reads: Pacing;
  readonly writes: Pacing;
  readonly #clock: Clock;
  readonly #cap: WriteCap;
  readonly #others = new Map<string, Pacing>();
  #control: Control;
  #paceAt: number;
  #limit: Pace['limit'] = 'none';

  /**
   * @param seesWholeItems if not, sizes are unknown, and only DynamoDB's answers tell what items and their indexes cost
   * @param maxWriteUnits a second, whatever the share; undefined for what a partition allows
   */
  constructor(clock: Clock, control: Control, seesWholeItems: boolean, maxWriteUnits?: number) {
    this.#clock = clock;
    this.#cap = new WriteCap(clock, maxWriteUnits);
    this.#control = control;
    this.#paceAt = clock.monotonic();
    this.reads = new Pacing(clock, shareOf(control.budget.readUnits, control.budget.workers));
    this.writes = new Pacing(clock, this.#writeShare, !seesWholeItems);
  }

  /** Takes over the budget of a newer control. */
  follow(control: Control): void {
    this.#control = control;
    this.reads.budget = shareOf(control.budget.readUnits, control.budget.workers);
    this.writes.budget = this.#writeShare;
    for (const [table, pacing] of this.#others) pacing.budget = this.#shareOfOther(table);
  }

  /** Takes in that a page was read. @param isWithinCollection all of its items have the partition key of the page before it */
  pageRead(isWithinCollection: boolean): void {
    this.#cap.pageRead(isWithinCollection, this.writes.throttledAt);
    this.writes.budget = this.#writeShare;
  }

  /** Spends the budget of another table, by its logical name. */
  other = (table: string): Pacing => {
    const pacing = this.#others.get(table) ?? new Pacing(this.#clock, this.#shareOfOther(table));
    this.#others.set(table, pacing);
    return pacing;
  };

  /**
   * Max items of the next page, and their estimate in read units. Both budgets limit it: an item that is read long before it is written is
   * more likely to change in between.
   */
  get page(): { limit: number; estimate: number } {
    const unitsToWrite = Math.max(1, writeUnitsPerReadUnit * this.reads.unitsPerEstimate) * this.writes.unitsPerEstimate;
    const settledSoon = this.#control.dryRun ? Number.POSITIVE_INFINITY : (secondsPerPage * this.writes.rate) / unitsToWrite;
    const items = Math.max(1, Math.floor(Math.min(maxItemsPerPage, this.reads.maxAffordable, settledSoon)));
    const estimate = Math.min(items, maxReadUnitsPerPage / this.reads.unitsPerEstimate);
    return { limit: items, estimate };
  }

  /** Whether the share of the budget is what limits this worker. */
  get isHeldByShare(): boolean {
    return this.#control.budget.workers > 1 && (this.#limit === 'writeBudget' || this.#limit === 'readBudget');
  }

  /** Units per second since the last pace; undefined if that was too short ago. */
  takePace(): Pace | undefined {
    const milliseconds = this.#clock.monotonic() - this.#paceAt;
    if (milliseconds < minPaceMs) return undefined;
    this.#paceAt += milliseconds;
    const [reads, writes] = [this.reads.takeReport(), this.writes.takeReport()];
    const perSecond = ({ units }: PacingReport): number => Math.round((units / milliseconds) * 10_000) / 10;
    this.#limit = this.#limitOf(reads, writes, dominantWaitShare * milliseconds);
    return { at: this.#clock.wall(), readUnits: perSecond(reads), writeUnits: perSecond(writes), limit: this.#limit };
  }

  /** All units that the worker paid so far, those for other tables among them. */
  get spent(): { readUnits: number; writeUnits: number } {
    const elsewhere = [...this.#others.values()].reduce((sum, { spent }) => sum + spent, 0);
    return { readUnits: this.reads.spent, writeUnits: this.writes.spent + elsewhere };
  }

  /** Refused requests since the last call. */
  takeThrottles(): number {
    return this.reads.takeThrottles() + this.writes.takeThrottles();
  }

  #limitOf(reads: PacingReport, writes: PacingReport, minWait: number): Pace['limit'] {
    const isThrottled = [reads, writes].some(({ throttles, waitedMs }) => throttles > 0 || waitedMs.throttling > minWait);
    if (isThrottled) return 'throttling';
    if (writes.waitedMs.budget > minWait)
      return shareOf(this.#control.budget.writeUnits, this.#control.budget.workers) < this.#cap.units ? 'writeBudget' : 'partition';
    return reads.waitedMs.budget > minWait ? 'readBudget' : 'none';
  }

  #shareOfOther(table: string): number {
    const { budget } = this.#control;
    return Math.min(shareOf(otherWriteUnits(budget, table), budget.workers), this.#cap.units);
  }

  get #writeShare(): number {
    return Math.min(shareOf(this.#control.budget.writeUnits, this.#control.budget.workers), this.#cap.units);
  }
}
