import { setTimeout as sleep } from 'node:timers/promises';

/** Spaces the starts of operations evenly. After a pause it continues at the same pace and does not catch up. */
export class OperationPace {
  readonly #interval: number;
  #next = 0;

  /** @param operationsPerSecond Infinity for as fast as possible */
  constructor(operationsPerSecond: number) {
    this.#interval = 1000 / operationsPerSecond;
  }

  /** Resolves when the next operation may start. */
  async turn(): Promise<void> {
    const now = performance.now();
    const start = Math.max(now, this.#next);
    this.#next = start + this.#interval;
    if (start > now) await sleep(start - now);
  }
}
