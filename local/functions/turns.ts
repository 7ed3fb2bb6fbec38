interface Waiting {
  /** True since its patience has ended: it takes any turn. */
  impatient: boolean;
  take(): void;
}

/**
 * A concurrency limit with a first-in, first-out queue. With a patience, it prefers few turns at the same time: while a turn is taken, the next
 * caller waits up to that many ms for it, although another is free.
 */
export class Turns {
  readonly #waiting: Waiting[] = [];
  readonly #max: number;
  readonly #patienceMs: number;
  #taken = 0;

  constructor(max: number, patienceMs = 0) {
    this.#max = max;
    this.#patienceMs = patienceMs;
  }

  /**
   * Waits for a turn.
   *
   * @param processes turns that are given at once in any case, since they need no new process
   * @throws the reason of the signal: when it aborts before the turn comes.
   */
  async take(signal?: AbortSignal, processes = 0): Promise<void> {
    signal?.throwIfAborted();
    const atOnce = this.#patienceMs === 0 ? this.#max : Math.max(1, processes);
    if (this.#taken < Math.min(this.#max, atOnce)) {
      this.#taken += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(patience);
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      const waiting: Waiting = {
        impatient: false,
        take: () => {
          clearTimeout(patience);
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      const patience = setTimeout(() => {
        waiting.impatient = true;
        this.#grant();
      }, this.#patienceMs);
      this.#waiting.push(waiting);
      signal?.addEventListener('abort', leave);
    });
  }

  /** Gives the turn to the longest waiter. */
  giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next.take();
    else this.#taken -= 1;
  }

  /** Gives free turns to those who have waited long enough, who are the first in the queue. */
  #grant(): void {
    while (this.#taken < this.#max && this.#waiting[0]?.impatient) {
      this.#taken += 1;
      this.#waiting.shift()?.take();
    }
  }
}
