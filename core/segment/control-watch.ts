import type { Clock } from '../clock.ts';
import type { Control } from '../ledger/control.ts';

/** Why a segment stops before its end. */
export type HaltReason =
  | 'superseded'
  | 'paused'
  | 'pauseAfter'
  | 'maxCost'
  | 'onlyBetween'
  | 'stopped'
  | 'tooManyFailures'
  | 'timeIsShort'
  | 'lostSegment'
  | 'sweptApart';

interface Expected extends Pick<Control, 'fence' | 'pass'> {
  limit: string | undefined;
  cost: string | undefined;
}

interface Instant {
  monotonic: number;
  wall: number;
}

/**
 * Reads the control of a worker's run again and again. From it come the worker's lease and the reason to halt.
 *
 * The lease lasts `leaseMs` from the start of the last strongly consistent read that named the worker's fence, measured by the monotonic
 * and by the wall clock: a sandbox that was frozen may have stopped one of them.
 */
export class ControlWatch {
  readonly #read: () => Promise<Control | undefined>;
  readonly #clock: Clock;
  /** What must not change while the worker works. */
  readonly #expected: Expected;
  #latest: Control;
  #readAt: Instant;
  #refreshing: Promise<void> | undefined;
  #halted: HaltReason | undefined;

  private constructor(read: () => Promise<Control | undefined>, clock: Clock, latest: Control, readAt: Instant) {
    this.#read = read;
    this.#clock = clock;
    this.#latest = latest;
    this.#readAt = readAt;
    this.#expected = { fence: latest.fence, pass: latest.pass, limit: latest.marks.pauseAfter?.since, cost: latest.marks.maxCost?.since };
    this.#halted = haltReason(latest, this.#expected);
  }

  /** Reads the control once. @returns undefined if there is no such run */
  static async open(read: () => Promise<Control | undefined>, clock: Clock): Promise<ControlWatch | undefined> {
    const readAt = instantOf(clock);
    const control = await read();
    return control && new ControlWatch(read, clock, control, readAt);
  }

  /** The control as last read. */
  get latest(): Control {
    return this.#latest;
  }

  /** Undefined while the worker may go on. The first reason stays. */
  get halted(): HaltReason | undefined {
    const { closesAt } = this.#latest;
    if (closesAt !== undefined && this.#clock.wall() >= closesAt) this.halt('onlyBetween');
    return this.#halted;
  }

  /** Halts for a reason that the worker itself has found. */
  halt(reason: HaltReason): void {
    this.#halted ??= reason;
  }

  holdsLease(): boolean {
    return this.#age() < this.#latest.lease.leaseMs;
  }

  /** Starts a new read if the last one is older than the control interval; waits for it only if the lease has ended. Never rejects. */
  async refreshIfDue(): Promise<void> {
    if (this.#age() < this.#latest.lease.controlIntervalMs) return;
    const refreshing = this.#refresh();
    if (!this.holdsLease()) await refreshing;
  }

  /** Milliseconds since the lease began, by the clock that says more. */
  #age(): number {
    const now = instantOf(this.#clock);
    return Math.max(now.monotonic - this.#readAt.monotonic, now.wall - this.#readAt.wall);
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#readOnce().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #readOnce(): Promise<void> {
    const readAt = instantOf(this.#clock);
    try {
      const control = await this.#read();
      if (!control) return this.halt('superseded');
      const reason = haltReason(control, this.#expected);
      this.#latest = control;
      // Only a read that names the worker's fence renews the lease.
      if (reason !== 'superseded') this.#readAt = readAt;
      if (reason) this.halt(reason);
    } catch {
      // The lease ends without a fresh read, and then nothing is written until a later read succeeds.
    }
  }
}

function instantOf(clock: Clock): Instant {
  return { monotonic: clock.monotonic(), wall: clock.wall() };
}

function haltReason(control: Control, expected: Expected): HaltReason | undefined {
  if (control.ended || control.fence !== expected.fence || control.pass !== expected.pass) return 'superseded';
  const { stopped, paused, pauseAfter, maxCost, failures, maxFailures } = control.marks;
  if (stopped) return 'stopped';
  // It was paused and resumed since, with another limit of changes or of money.
  if (paused || pauseAfter?.since !== expected.limit || maxCost?.since !== expected.cost) return 'paused';
  return failures > maxFailures ? 'tooManyFailures' : undefined;
}
