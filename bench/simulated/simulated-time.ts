import type { Clock } from '../../core/clock.ts';
import { pseudoRandom } from '../../demo/pseudo-random.ts';

interface Timer {
  at: number;
  order: number;
  go: () => void;
  /** Resumes an awaiting caller. */
  wakes: boolean;
}

/** Time that passes only when all code waits: simulates hours of many workers in seconds, with the same result each time. */
export class SimulatedTime {
  /** The present time, in milliseconds. */
  now = 0;
  readonly random: () => number;
  readonly clock: Clock;
  readonly #timers: Timer[] = [];
  #order = 0;

  constructor(seed: number) {
    this.random = pseudoRandom(seed);
    this.clock = {
      monotonic: () => this.now,
      wall: () => this.now,
      sleep: (milliseconds) => this.wait(milliseconds),
      random: this.random,
    };
  }

  /** For code that awaits. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((go) => this.#push({ at: this.now + Math.max(0, milliseconds), order: this.#order++, go, wakes: true }));
  }

  /** For code that only calls. */
  after(milliseconds: number, go: () => void): void {
    this.#push({ at: this.now + Math.max(0, milliseconds), order: this.#order++, go, wakes: false });
  }

  /**
   * Lets time pass until the work is done.
   *
   * @throws Error: when the work is not done and no code waits for a timer
   */
  async until<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finish = (): void => {
      done = true;
    };
    work.then(finish, finish);
    for (await settled(); !done; ) {
      const timer = this.#pop();
      if (!timer) throw new Error('The work is not done, and no code waits for a timer.');
      this.now = timer.at;
      timer.go();
      if (timer.wakes) await settled();
    }
    return work;
  }

  #push(timer: Timer): void {
    const timers = this.#timers;
    let child = timers.push(timer) - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapped(parent, child)) break;
      child = parent;
    }
  }

  #pop(): Timer | undefined {
    const timers = this.#timers;
    const [first] = timers;
    const last = timers.pop();
    if (!last || !first || timers.length === 0) return first;
    timers[0] = last;
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const child = left + 1 < timers.length && isBefore(timers[left + 1], timers[left]) ? left + 1 : left;
      if (child >= timers.length || !this.#swapped(parent, child)) return first;
      parent = child;
    }
  }

  #swapped(parent: number, child: number): boolean {
    const [above, below] = [this.#timers[parent], this.#timers[child]];
    if (!above || !below || !isBefore(below, above)) return false;
    this.#timers[parent] = below;
    this.#timers[child] = above;
    return true;
  }
}

function isBefore(a: Timer | undefined, b: Timer | undefined): boolean {
  return a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));
}

/** Resolves in the next phase of the event loop, when all microtasks are done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
