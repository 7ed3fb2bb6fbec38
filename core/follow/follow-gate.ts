import type { Clock } from '../clock.ts';
import { Halted } from '../segment/segment-gate.ts';
import type { FollowLease, FollowState } from './follow-lease.ts';

/**
 * The only place that permits a follower to act in one batch. It decides by what the ledger said when the batch began: if the ledger says something
 * else since, the batch ends, and its open items are decided anew by the next one.
 */
export class FollowGate {
  readonly #lease: FollowLease;
  readonly #state: FollowState;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #deadline: number;

  /** @param deadline monotonic milliseconds after which nothing is decided, read or written */
  constructor(lease: FollowLease, state: FollowState, clock: Pick<Clock, 'monotonic'>, deadline: number) {
    this.#lease = lease;
    this.#state = state;
    this.#clock = clock;
    this.#deadline = deadline;
  }

  /** @throws Halted: when the ledger says something else, or time is short */
  assertMayDecide(): void {
    if (!this.#lease.isStill(this.#state)) throw new Halted('superseded');
    if (this.#clock.monotonic() >= this.#deadline) throw new Halted('timeIsShort');
  }

  /** Reads the ledger if it is time to. If it cannot be read, this resolves without a lease, and `mayWriteNow` refuses the write. */
  waitUntilMayDecide = async (): Promise<void> => {
    this.assertMayDecide();
    await this.#lease.refreshIfDue();
    this.assertMayDecide();
  };

  waitUntilMayWrite = (): Promise<void> => this.waitUntilMayDecide();
  waitUntilMayRead = (): Promise<void> => this.waitUntilMayDecide();

  /** Whether a request may be handed to the network in this tick. */
  readonly mayWriteNow = (): boolean =>
    this.#lease.isStill(this.#state) && this.#lease.holdsLease() && this.#clock.monotonic() < this.#deadline;

  readonly holdsLease = (): boolean => this.#lease.isStill(this.#state) && this.#lease.holdsLease();
}
