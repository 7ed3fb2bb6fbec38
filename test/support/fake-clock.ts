import type { Clock } from '../../core/clock.ts';

/** A clock that stands still until it is told to go on; both of its times can be set apart. */
export class FakeClock implements Clock {
  now = 0;
  wallNow = Date.UTC(2030, 0, 1);
  /** What `random` gives. */
  chance = 0.5;
  /** What `sleep` was called with. */
  readonly sleeps: number[] = [];
  readonly #timers: { at: number; wake: () => void }[] = [];

  monotonic = (): number => this.now;
  wall = (): number => this.wallNow;
  random = (): number => this.chance;

  sleep = (milliseconds: number): Promise<void> => {
    this.sleeps.push(milliseconds);
    return new Promise((wake) => this.#timers.push({ at: this.now + Math.max(0, milliseconds), wake }));
  };

  /** Lets time pass, and whoever sleeps wake up in order. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    for (;;) {
      await settled();
      const next = this.#timers.sort((a, b) => a.at - b.at)[0];
      if (!next || next.at > end) break;
      this.#timers.shift();
      this.#passTo(next.at);
      next.wake();
    }
    this.#passTo(end);
    await settled();
  }

  /** Lets time pass until the work is done. Fails where it never would be. */
  async until<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finish = (): void => {
      done = true;
    };
    work.then(finish, finish);
    for (await settled(); !done; await settled()) {
      const next = this.#timers.sort((a, b) => a.at - b.at)[0];
      if (!next) throw new Error('Nobody sleeps, and the work is not done.');
      this.#timers.shift();
      this.#passTo(next.at);
      next.wake();
    }
    return work;
  }

  #passTo(now: number): void {
    this.wallNow += now - this.now;
    this.now = now;
  }
}

/** Resolves when everything that can go on without time passing has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
