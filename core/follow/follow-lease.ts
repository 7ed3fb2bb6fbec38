import type { Clock } from '../clock.ts';
import type { FollowControl } from '../ledger/follow.ts';
import type { Version } from '../ledger/versions/version.ts';
import type { TableHolder } from './followed-versions.ts';

/** What the ledger says of a followed table. */
export interface FollowState {
  versions: readonly Version[];
  holder: TableHolder | undefined;
  /** The last deploy says that the table is followed, so that runs know it. */
  isFollowed: boolean;
  /** Undefined before the first invocation. */
  control: FollowControl | undefined;
}

interface Instant {
  monotonic: number;
  wall: number;
}

export interface FollowLeasePorts {
  /** Strongly consistent. */
  read(): Promise<FollowState>;
  clock: Clock;
  leaseMs: number;
  /** How often the ledger is read. */
  intervalMs: number;
}

/**
 * Reads what the ledger says of a table again and again, also over the invocations of one container. From it comes the permission to write: it
 * lasts `leaseMs` from the start of the last strongly consistent read, by the monotonic and by the wall clock, as a container is frozen between
 * its invocations.
 *
 * The race that it wins, in which a run takes a version back:
 *
 *     follower                              run down                              application
 *     --------                              --------                              -----------
 *     reads the ledger: v3 is applied
 *     decides to add what v3 adds
 *                                           v3 is rollingBack; it holds the lock
 *                                           waits: lease + twice the time of a
 *                                             request
 *     hands over its write, within the
 *       lease: it is answered, or given
 *       up and recorded (lateUntil)
 *     is frozen
 *                                           reads lateUntil, waits until then
 *                                           takes back what v3 added
 *                                                                                 writes the old shape
 *     wakes: its lease is over, so
 *       mayWriteNow() is false
 *     reads the ledger: v3 is rollingBack
 *       and is not followed
 */
export class FollowLease {
  readonly #ports: FollowLeasePorts;
  #latest: { state: FollowState; control: FollowControl | undefined; text: string; readAt: Instant } | undefined;
  #refreshing: Promise<void> | undefined;

  constructor(ports: FollowLeasePorts) {
    this.#ports = ports;
  }

  /**
   * The state as last read, within its lease.
   *
   * @throws Error: when the ledger cannot be read
   */
  async state(): Promise<FollowState> {
    if (!this.#latest || this.#age() >= this.#ports.intervalMs) await this.#refresh();
    if (!this.#latest) throw new TypeError('a read that succeeds gives a state');
    return this.#latest.state;
  }

  /** As last read, also if the state is the same since: followers write it themselves. */
  get control(): FollowControl | undefined {
    return this.#latest?.control;
  }

  /** Takes in what this follower, or another one, has written to the control since it was read. */
  noteControl(control: FollowControl): void {
    if (this.#latest) this.#latest = { ...this.#latest, control };
  }

  holdsLease(): boolean {
    return this.#age() < this.#ports.leaseMs;
  }

  /** Whether the last read says the same as this state. */
  isStill(state: FollowState): boolean {
    return this.#latest?.state === state;
  }

  /** Starts a new read if it is time to; waits for it only if the lease is over. Never rejects: without a read the lease ends. */
  async refreshIfDue(): Promise<void> {
    if (this.#age() < this.#ports.intervalMs) return;
    const refreshing = this.#refresh().catch(() => undefined);
    if (!this.holdsLease()) await refreshing;
  }

  #age(): number {
    const { clock } = this.#ports;
    if (!this.#latest) return Number.POSITIVE_INFINITY;
    const { monotonic, wall } = this.#latest.readAt;
    // A wall clock that went back says nothing of how long ago the read was.
    const ages = [clock.monotonic() - monotonic, clock.wall() - wall];
    return ages.some((age) => age < 0) ? Number.POSITIVE_INFINITY : Math.max(...ages);
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#readOnce().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #readOnce(): Promise<void> {
    const { read, clock } = this.#ports;
    const readAt = { monotonic: clock.monotonic(), wall: clock.wall() };
    const state = await read();
    const text = textOf(state);
    // What is bound to a state stays bound while the ledger says the same.
    const { control } = state;
    this.#latest = { state: this.#latest?.text === text ? this.#latest.state : state, control, text, readAt };
  }
}

/** Without the control, which the follower writes itself. */
function textOf({ versions, holder, isFollowed }: FollowState): string {
  return JSON.stringify([versions, holder ?? null, isFollowed]);
}
