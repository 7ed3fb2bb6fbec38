import type { Clock } from '../clock.ts';
import { ItemError } from '../errors.ts';
import type { Place } from '../transformation/look.ts';
import type { MaybePromise } from './maybe-promise.ts';

/** Max async functions of the team that run at the same time. */
const maxFunctions = 25;
/** Max functions that wait for look-ups: four requests of 100 keys. */
const maxAway = 400;
/** A function that takes longer is taken for one that never returns. Seconds are counted in ticks: a frozen process does not count. */
const maxSeconds = 20;
const tickMs = 1000;

/** Runs user functions with a concurrency limit, a timeout and cancellation. A function that waits for a look-up takes no place, and its time does not count. */
export class TeamFunctions {
  readonly #clock: Clock;
  readonly #maxSeconds: number;
  readonly #assertMayGoOn: () => Promise<void>;
  readonly #places = new ConcurrencyLimit(maxFunctions, maxAway);
  readonly #running = new Set<Running>();
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

  /**
   * @param work gets its place, to leave it while it waits for look-ups
   * @throws ItemError TransformThrew: when the function does not return in time
   */
  run<T>(work: (place: Place) => MaybePromise<T>): MaybePromise<T> {
    return this.#places.run((place) => {
      const value = work(place);
      return value instanceof Promise ? this.#inTime(value, place) : value;
    });
  }

  async #inTime<T>(value: Promise<T>, place: TakenPlace): Promise<T> {
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    const running = { ticks: 0, place, giveUp };
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
      for (const running of this.#running) if (!running.place.isLeft && ++running.ticks > this.#maxSeconds) running.giveUp(tooSlow());
      await this.#assertMayGoOn().catch((error: unknown) => {
        for (const { giveUp } of this.#running) giveUp(error);
      });
    }
    this.#isWatched = false;
  }
}

interface Running {
  ticks: number;
  place: TakenPlace;
  giveUp: (error: unknown) => void;
}

function tooSlow(): ItemError {
  return new ItemError(
    'TransformThrew',
    `The function did not return within ${maxSeconds} seconds. Gather what it waits for in \`prepare\`.`,
  );
}

/**
 * Runs up to `limit` works at the same time; the others wait in order. Work that returns no promise takes no place. Work that has left its place
 * comes back before others begin.
 */
export class ConcurrencyLimit {
  readonly #limit: number;
  readonly #maxAway: number;
  readonly #waiting: (() => void)[] = [];
  readonly #returning: (() => void)[] = [];
  #active = 0;
  #away = 0;

  /** @param maxAway max works that have left their places: no other begins meanwhile */
  constructor(limit: number, maxAway = 0) {
    this.#limit = limit;
    this.#maxAway = maxAway;
  }

  run<T>(work: (place: TakenPlace) => MaybePromise<T>): MaybePromise<T> {
    if (this.#active >= this.#limit || this.#isCrowded)
      return new Promise<void>((go) => this.#waiting.push(go)).then(() => this.#begin(work));
    this.#active++;
    return this.#begin(work);
  }

  #begin<T>(work: (place: TakenPlace) => MaybePromise<T>): MaybePromise<T> {
    const place = new TakenPlace(this.#leave, this.#comeBack);
    let value: MaybePromise<T>;
    try {
      value = work(place);
    } catch (error) {
      place.end();
      throw error;
    }
    if (value instanceof Promise) return value.finally(() => place.end());
    place.end();
    return value;
  }

  get #isCrowded(): boolean {
    return this.#maxAway > 0 && this.#away >= this.#maxAway;
  }

  /** @param isAway if the work will come back */
  #leave = (isAway: boolean): void => {
    this.#active--;
    if (isAway) this.#away++;
    this.#admit();
  };

  /** @param isOver if the work ended while it was away: then it needs no place */
  #comeBack = (isOver: boolean): Promise<void> | undefined => {
    if (isOver) {
      this.#away--;
      this.#admit();
      return undefined;
    }
    const back = new Promise<void>((go) => this.#returning.push(go)).then(() => {
      this.#away--;
      this.#admit();
    });
    this.#admit();
    return back;
  };

  /** Hands free places to those that wait, so that no other work can take them first. */
  #admit(): void {
    if (this.#returning.length === 0 && this.#waiting.length === 0) return;
    while (this.#active < this.#limit) {
      const next = this.#returning.shift() ?? (this.#isCrowded ? undefined : this.#waiting.shift());
      if (!next) return;
      this.#active++;
      next();
    }
  }
}

/** The place of one work. */
export class TakenPlace implements Place {
  readonly #leave: (isAway: boolean) => void;
  readonly #comeBack: (isOver: boolean) => Promise<void> | undefined;
  #state: 'taken' | 'left' | 'comingBack' | 'over' = 'taken';
  #back: Promise<void> | undefined;
  /** Look-ups on their way: a function can wait for several. */
  #waits = 0;

  constructor(leave: (isAway: boolean) => void, comeBack: (isOver: boolean) => Promise<void> | undefined) {
    this.#leave = leave;
    this.#comeBack = comeBack;
  }

  /** Whether the work waits for a look-up, or to go on after one. */
  get isLeft(): boolean {
    return this.#waits > 0 || this.#state === 'comingBack';
  }

  async leaveFor<T>(work: () => Promise<T>): Promise<T> {
    if (this.#state === 'over') return work();
    this.#waits++;
    if (this.#state === 'taken') {
      this.#state = 'left';
      this.#leave(true);
    }
    try {
      return await work();
    } finally {
      this.#waits--;
      if (this.#state === 'left') {
        this.#state = 'comingBack';
        this.#back = this.#comeBack(false)?.then(() => {
          if (this.#state === 'comingBack') this.#state = 'taken';
          else this.#leave(false);
        });
      }
      if (this.#state === 'comingBack') await this.#back;
    }
  }

  end(): void {
    const before = this.#state;
    this.#state = 'over';
    if (before === 'taken') this.#leave(false);
    else if (before === 'left') this.#comeBack(true);
  }
}
