import type { Clock } from '../../core/clock.ts';

/** A clock that advances only on request; its wall time and monotonic time can differ. */
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

  /** Advances time; sleepers wake up in order. */
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

  /** Advances time until the work is done. Fails if no sleeper is left and the work is not done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finish = (): void => {
      done = true;
    };
    work.then(finish, finish);
    for (await settled(); !done; await settled()) {
      const next = this.#timers.sort((a, b) => a.at - b.at)[0];
      if (!next) throw new Error('The work is not done, and no code sleeps.');
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

/** Resolves when all steps that need no time are done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
