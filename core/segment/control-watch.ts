import type { Clock } from '../clock.ts';
import type { Control } from '../ledger/control.ts';
import { Halted, type WriteGate } from './write-batches.ts';

/** Why a segment stops before its end. */
export type HaltReason = 'superseded' | 'paused' | 'stopped' | 'tooManyFailures' | 'timeIsShort' | 'lostSegment';

/** What must not change while a worker works. */
export interface Expected {
  fence: number;
  pass: number;
}

/**
 * A worker's view of its run's control, and its permission to write: a write may be sent only within `leaseMs` of the start of the last
 * strongly consistent read that named the worker's fence, by the monotonic and by the wall clock. A worker that was frozen finds its
 * lease over in the tick in which it wakes.
 */
export class ControlWatch implements WriteGate {
  readonly #read: () => Promise<Control | undefined>;
  readonly #expected: Expected;
  readonly #clock: Clock;
  #latest: Control;
  #readAt: { monotonic: number; wall: number };
  #refreshing: Promise<void> | undefined;
  #halt: HaltReason | undefined;

  private constructor(
    read: () => Promise<Control | undefined>,
    clock: Clock,
    latest: Control,
    readAt: { monotonic: number; wall: number },
  ) {
    this.#read = read;
    this.#clock = clock;
    this.#latest = latest;
    this.#readAt = readAt;
    this.#expected = { fence: latest.fence, pass: latest.pass };
    this.#halt = haltReason(latest, this.#expected);
  }

  /** Reads the control once; undefined where there is no such run. */
  static async open(read: () => Promise<Control | undefined>, clock: Clock): Promise<ControlWatch | undefined> {
    const readAt = { monotonic: clock.monotonic(), wall: clock.wall() };
    const control = await read();
    return control && new ControlWatch(read, clock, control, readAt);
  }

  get latest(): Control {
    return this.#latest;
  }

  get halted(): HaltReason | undefined {
    return this.#halt;
  }

  /** Ends all writing for a reason of the worker's own. The first reason stays. */
  halt(reason: HaltReason): void {
    this.#halt ??= reason;
  }

  isOpen = (): boolean => this.#halt === undefined && this.holdsLease();

  holdsLease = (): boolean => this.#age() < this.#latest.leaseMs;

  check(): void {
    if (this.#halt) throw new Halted(this.#halt);
  }

  async pass(): Promise<void> {
    this.check();
    if (this.#age() >= this.#latest.controlIntervalMs) {
      const refreshing = this.#refresh();
      if (!this.isOpen()) await refreshing;
    }
    this.check();
  }

  #age(): number {
    const monotonic = this.#clock.monotonic() - this.#readAt.monotonic;
    const wall = this.#clock.wall() - this.#readAt.wall;
    return Math.max(monotonic, wall);
  }

  #refresh(): Promise<void> {
    this.#refreshing ??= this.#readOnce().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #readOnce(): Promise<void> {
    const readAt = { monotonic: this.#clock.monotonic(), wall: this.#clock.wall() };
    try {
      const control = await this.#read();
      if (!control) return this.halt('superseded');
      const reason = haltReason(control, this.#expected);
      this.#latest = control;
      // Only a read that names our fence is a permission.
      if (reason !== 'superseded') this.#readAt = readAt;
      if (reason) this.halt(reason);
    } catch {
      // Without a fresh read the lease runs out, and then nothing is written; the next pass tries again.
    }
  }
}

function haltReason(control: Control, expected: Expected): HaltReason | undefined {
  if (control.ended || control.fence !== expected.fence || control.pass !== expected.pass) return 'superseded';
  if (control.stopped) return 'stopped';
  if (control.paused) return 'paused';
  return control.failures > control.maxFailures ? 'tooManyFailures' : undefined;
}
