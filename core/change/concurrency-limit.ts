import { andFinally, type MaybePromise } from './maybe-promise.ts';

/** At most `limit` at a time; the others wait in order. Work that is done at once takes no place. */
export class ConcurrencyLimit {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  run<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    if (this.#active >= this.#limit)
      return new Promise<void>((go) => this.#waiting.push(go)).then(() => andFinally(work, () => this.#handOver()));
    this.#active++;
    return andFinally(work, () => this.#handOver());
  }

  /** The place is handed over, so that nobody slips in between. */
  #handOver(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#active--;
  }
}
