import type { Clock } from '../clock.ts';
import { ItemError } from '../errors.ts';
import { andFinally, type MaybePromise } from './maybe-promise.ts';

/** Functions of the team that run at a time, where they are async. */
const maxFunctions = 25;
/** One that takes longer will not return: it would hold its segment for ever. Counted in looks, as a process that was frozen ran none. */
const maxSeconds = 20;
const lookEveryMs = 1000;

/** Runs functions of the team: so many at a time, so long each, and none any more where the worker must stop. */
export class TeamFunctions {
  readonly #clock: Clock;
  readonly #goOn: () => Promise<void>;
  readonly #places = new ConcurrencyLimit(maxFunctions);
  readonly #running = new Set<{ looks: number; giveUp: (error: unknown) => void }>();
  #isWatched = false;

  /** @param goOn asked each second while functions run; ends all of them by throwing */
  constructor(clock: Clock, goOn: () => Promise<void> = async () => {}) {
    this.#clock = clock;
    this.#goOn = goOn;
  }

  /** @throws ItemError TransformThrew where the function does not return in time */
  run<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    return this.#places.run(() => {
      const value = work();
      return value instanceof Promise ? this.#inTime(value) : value;
    });
  }

  async #inTime<T>(value: Promise<T>): Promise<T> {
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    const running = { looks: 0, giveUp };
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
      await this.#clock.sleep(lookEveryMs);
      for (const running of this.#running) if (++running.looks > maxSeconds) running.giveUp(tooSlow());
      await this.#goOn().catch((error: unknown) => {
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
