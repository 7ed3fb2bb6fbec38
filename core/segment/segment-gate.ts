import type { Clock } from '../clock.ts';
import type { ControlWatch } from './control-watch.ts';
import type { ShareRebalancer } from './pacing/share-rebalancer.ts';
import type { WorkerPacing } from './pacing/worker-pacing.ts';

/** Thrown when the segment must stop at once: its open items stay unsettled, and the next worker of the segment reads them again. */
export class Halted extends Error {
  override readonly name = 'Halted';
}

/** What a request is estimated to consume. */
export type RequestUnits = { writeUnits: number } | { readUnits: number };

export interface SegmentGatePorts {
  clock: Pick<Clock, 'monotonic'>;
  /** Monotonic milliseconds after which no page is read, and after which nothing is decided or written. */
  deadline: { read: number; write: number };
  pacing: Pick<WorkerPacing, 'follow' | 'isHeldByShare'>;
  /** Left out, the worker keeps the share with which its Map began. */
  rebalancer?: Pick<ShareRebalancer, 'rebalanceIfDue'> | undefined;
  /** Left out, the run may cost any amount. */
  allowance?: { cover(units: RequestUnits): Promise<() => void>; coverPaid(): Promise<void> } | undefined;
  /** Resolves when the saved checkpoint is `dirty`. */
  saveDirty: () => Promise<void>;
}

/**
 * The only place that permits a worker to act on its segment. For one item, in this order:
 *
 * 1. `assertMayDecide` before the function is called.
 * 2. `waitUntilMayWrite` before a request is made.
 * 3. `mayWriteNow` in the tick in which the signed request is handed to the network.
 * 4. `holdsLease` instead of 3, if the worker puts back an item that it should not have deleted.
 *
 * The race that it wins: a frozen worker wakes after another took the table.
 *
 *     worker A                              run                                  worker B
 *     --------                              ---                                  --------
 *     reads control: fence 5
 *     decides, signs a write
 *     is frozen
 *                                           is taken over: fence 6
 *                                           waits: lease + request timeout
 *                                                                                reads control: fence 6
 *                                                                                writes
 *     wakes, still in that tick
 *     mayWriteNow() → false: by the wall
 *       clock its lease has ended
 *     sends nothing, tries again later
 *     waitUntilMayWrite() reads control:
 *       fence 6, throws Halted
 *
 * A check any earlier than in the tick of the hand-over would leave a gap in which the worker can be frozen after the check and before
 * the write.
 */
export class SegmentGate {
  readonly #watch: ControlWatch;
  readonly #ports: SegmentGatePorts;

  constructor(watch: ControlWatch, ports: SegmentGatePorts) {
    this.#watch = watch;
    this.#ports = ports;
  }

  /**
   * Refuses a decision whose change could not be written. It makes no promise, as it is called for each item.
   *
   * @throws Halted: when control or the write deadline ends the segment
   */
  assertMayDecide(): void {
    if (this.#ports.clock.monotonic() >= this.#ports.deadline.write) this.#watch.halt('timeIsShort');
    this.#assertNotHalted();
  }

  /**
   * Resolves when a write may be sent:
   *
   * 1. The segment is not halted, and its write deadline lies ahead.
   * 2. Control was read within the control interval. If the lease has ended, the answer of a new read is awaited.
   * 3. The worker's pacing has taken over the run's present budget.
   * 4. The run may cost what the write costs, if it has a limit.
   * 5. The saved checkpoint is `dirty`, so that a crash cannot make this pass look clean.
   *
   * If control cannot be read, it resolves without a lease, and `mayWriteNow` refuses the write.
   *
   * @throws Halted: when control or the write deadline ends the segment
   */
  async waitUntilMayWrite(): Promise<void> {
    await this.waitUntilMayDecide();
    this.#followBudget();
    if (this.#ports.allowance) await this.#ports.allowance.coverPaid();
    await this.#ports.saveDirty();
    this.#assertNotHalted();
  }

  /**
   * Resolves when the run may cost what a request is estimated to consume.
   *
   * @returns to be called when the request is paid; undefined if the run may cost any amount
   * @throws Halted: when its limit of money is used up
   */
  coverCost(units: RequestUnits): Promise<() => void> | undefined {
    return this.#ports.allowance?.cover(units);
  }

  /** Whether a request may be handed to the network in this tick: not halted, and the lease lasts. */
  readonly mayWriteNow = (): boolean => this.#watch.halted === undefined && this.#watch.holdsLease();

  /** Whether the lease lasts in this tick, also if the segment is halted: for repairing what the worker itself has done. */
  readonly holdsLease = (): boolean => this.#watch.holdsLease();

  /**
   * Keeps control current while functions run for seconds.
   *
   * @throws Halted: when control or the write deadline ends the segment
   */
  async waitUntilMayDecide(): Promise<void> {
    this.assertMayDecide();
    await this.#watch.refreshIfDue();
    this.#assertNotHalted();
  }

  /**
   * The same for a page, whose items take longer than one write: it has an earlier deadline.
   *
   * @throws Halted: when control or the read deadline ends the segment
   */
  async waitUntilMayRead(): Promise<void> {
    this.#assertMayRead();
    await this.#watch.refreshIfDue();
    if (this.#ports.allowance) await this.#ports.allowance.coverPaid();
    this.#assertMayRead();
    this.#followBudget();
  }

  /**
   * The same for a look-up, whose item is in hand: it has the deadline of writes.
   *
   * @throws Halted: when control or the write deadline ends the segment
   */
  async waitUntilMayLookUp(): Promise<void> {
    await this.waitUntilMayDecide();
    if (this.#ports.allowance) await this.#ports.allowance.coverPaid();
    this.#followBudget();
  }

  #assertMayRead(): void {
    this.#assertNotHalted();
    if (this.#ports.clock.monotonic() >= this.#ports.deadline.read) throw new Halted('timeIsShort');
  }

  #assertNotHalted(): void {
    if (this.#watch.halted) throw new Halted(this.#watch.halted);
  }

  #followBudget(): void {
    const { pacing, rebalancer } = this.#ports;
    pacing.follow(this.#watch.latest);
    if (pacing.isHeldByShare) rebalancer?.rebalanceIfDue(this.#watch.latest);
  }
}
