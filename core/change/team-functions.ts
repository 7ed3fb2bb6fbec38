import type { Clock } from '../clock.ts';
import { ItemError } from '../errors.ts';
import { andFinally, type MaybePromise } from './maybe-promise.ts';

/** Max async functions of the team that run at the same time. */
const maxFunctions = 25;
/** A function that takes longer is taken for one that never returns. Seconds are counted in ticks: a frozen process does not count. */
const maxSeconds = 20;
const tickMs = 1000;

/** Runs user functions with a concurrency limit, a timeout and cancellation. */
export class TeamFunctions {
  readonly #clock: Clock;
  readonly #maxSeconds: number;
  readonly #assertMayGoOn: () => Promise<void>;
  readonly #places = new ConcurrencyLimit(maxFunctions);
  readonly #running = new Set<{ ticks: number; giveUp: (error: unknown) => void }>();
  #isWatched = false;

  /**
   * @param assertMayGoOn called each second while functions run; rejects to cancel all of them
   * @param limit max seconds of one function
   */
  constructor(clock: Clock, assertMayGoOn: () => Promise<void> = async () => {}, limit = maxSeconds) {
    this.#clock = clock;
    this.#maxSeconds = limit;
    this.#assertMayGoOn = assertMayGoOn;
  }

  /** @throws ItemError TransformThrew: when the function does not return in time */
  run<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    return this.#places.run(() => {
      const value = work();
      return value instanceof Promise ? this.#inTime(value) : value;
    });
  }

  async #inTime<T>(value: Promise<T>): Promise<T> {
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    const running = { ticks: 0, giveUp };
    this.#running.add(running);
    if (!this.#isWatched) void this.#watch();
    try {
      return await Promise.race([value, givenUp]);
    } finally {
      this.#running.delete(running);
    }
  }

  async #watch(): Promise<void> {
    this.#isWatched = true;
    while (this.#running.size > 0) {
      await this.#clock.sleep(tickMs);
      for (const running of this.#running) if (++running.ticks > this.#maxSeconds) running.giveUp(tooSlow());
      await this.#assertMayGoOn().catch((error: unknown) => {
        for (const { giveUp } of this.#running) giveUp(error);
      });
    }
    this.#isWatched = false;
  }
}

function tooSlow(): ItemError {
  return new ItemError(
    'TransformThrew',
    `The function did not return within ${maxSeconds} seconds. Gather what it waits for in \`prepare\`.`,
  );
}

/** Runs up to `limit` works at the same time; the others wait in order. Work that returns no promise takes no place. */
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

  /** Hands the place to the next in the queue, so that no other work can take it first. */
  #handOver(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#active--;
  }
}
