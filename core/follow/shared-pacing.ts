import type { Clock } from '../clock.ts';
import { Pacing } from '../segment/pacing/pacing.ts';

/** How far the units of a table are given away: one record for all containers of its follower. */
export interface SharedUnitsPort {
  /**
   * Gives away the time in which some units are spent, if nobody else was faster.
   *
   * @param read until when units were given away when this container looked last, in wall-clock milliseconds; undefined if it never did
   * @param until the same with these units
   * @returns whether they are given, and until when units are given away now
   */
  give(read: number | undefined, until: number): Promise<{ isGiven: boolean; until: number | undefined }>;
}

/**
 * Limits what all containers that follow a table spend together, whatever their number: one that is alone has all units. Before it sends a request, a
 * container takes the next free stretch of time that is worth its price, and waits for the beginning of it.
 *
 *     container A (100 units a second)      ledger: given until 0 ms      container B
 *     --------------------------------      ------------------------      -----------
 *     takes 0 to 250 ms for 25 units        250
 *     sends at 0 ms                                                       takes 0 to 100 ms → 250, refused
 *                                           350                           takes 250 to 350 ms for 10 units
 *     takes 350 to 600 ms                   600                           sends at 250 ms
 *     sends at 350 ms
 *
 * What a container takes and does not use is lost, so that the sum never exceeds the budget by more than a request for each container.
 */
export class SharedPacing extends Pacing {
  readonly #clock: Clock;
  readonly #unitsPerMs: number;
  readonly #port: SharedUnitsPort;
  #given: number | undefined;
  /** Paid and not taken yet; negative if requests cost less than was paid for them. */
  #owed = 0;
  #taking: Promise<unknown> = Promise.resolve();

  /** @param units a second, of all containers */
  constructor(clock: Clock, units: number, port: SharedUnitsPort) {
    super(clock, units);
    this.#clock = clock;
    this.#unitsPerMs = units / 1000;
    this.#port = port;
  }

  override async pay(estimate: number, assertMayGoOn: () => Promise<void> = async () => {}): Promise<number> {
    return this.#taken(await super.pay(estimate, assertMayGoOn), assertMayGoOn);
  }

  override async payUnits(units: number, assertMayGoOn: () => Promise<void> = async () => {}): Promise<number> {
    return this.#taken(await super.payUnits(units, assertMayGoOn), assertMayGoOn);
  }

  /** All that is paid, corrected or charged. */
  override charge(units: number): void {
    super.charge(units);
    this.#owed += units;
  }

  async #taken(paid: number, assertMayGoOn: () => Promise<void>): Promise<number> {
    const taking = this.#taking.then(() => this.#take());
    this.#taking = taking.catch(() => {});
    try {
      const from = await taking;
      for (let left = from - this.#clock.wall(); left > 0; left = from - this.#clock.wall()) {
        await assertMayGoOn();
        await this.#clock.sleep(Math.min(1000, left));
      }
      return paid;
    } catch (error) {
      this.correct(paid, 0);
      throw error;
    }
  }

  /** Takes the time of all that was paid since, and is not taken. @returns from when on it may be spent, in wall-clock milliseconds */
  async #take(): Promise<number> {
    const units = Math.max(0, this.#owed);
    this.#owed -= units;
    const ms = units / this.#unitsPerMs;
    try {
      for (;;) {
        const from = Math.max(this.#clock.wall(), this.#given ?? 0);
        const until = from + ms;
        const given = await this.#port.give(this.#given, until);
        this.#given = given.until;
        if (given.isGiven) return from;
      }
    } catch (error) {
      this.#owed += units;
      throw error;
    }
  }
}
