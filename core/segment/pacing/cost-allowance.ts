import { type Consumed, claimsOfCost, costLot, costOf, type MaxCost, reserveOf } from '../../ledger/limits/max-cost.ts';
import { Halted } from '../segment-gate.ts';
import type { TokenPort } from '../writes/change-tokens.ts';

export interface CostAllowanceOptions {
  run: string;
  limit: MaxCost;
  /** Of any Map of the run. */
  maxWorkers: number;
  port: TokenPort;
  /** What the worker has consumed, and paid for requests in flight, in billionths of the currency. */
  spent(): number;
}

const nothing: Consumed = { writeUnits: 0, readUnits: 0, gigabyteSeconds: 0, transitions: 0 };

/**
 * What a worker may still cost under the limit of its run. It claims money before it sends a request, and keeps a reserve claimed beyond what it has
 * consumed, so whatever becomes of workers, the run costs no more than was claimed:
 *
 *     worker A                          ledger: 2.00 of 50.00 left        worker B
 *     --------                          --------------------------        --------
 *     claims 1.20 → 0.80 left
 *     consumes 0.40, is killed
 *                                                                         claims 0.80 → 0.00 left
 *                                                                         consumes 0.79
 *                                                                         claims → refused, leaves
 *     (0.80 count as consumed)                                            gives 0.01 back
 *
 * A worker that is refused sends the requests that are covered, and leaves its segment unfinished.
 */
export class CostAllowance {
  readonly #options: CostAllowanceOptions;
  readonly #reserve: number;
  readonly #claims;
  #claimed = 0;
  #left: number;
  /** Of requests that are covered, and not paid yet. */
  #covered = 0;
  #claiming: Promise<void> | undefined;
  #isRefused = false;

  constructor(options: CostAllowanceOptions) {
    this.#options = options;
    this.#claims = claimsOfCost(options.limit);
    this.#left = this.#claims.items;
    this.#reserve = reserveOf(options.limit, options.maxWorkers);
  }

  /** The limit is used up: the worker should begin nothing more. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /**
   * Resolves when the claimed money covers a request of this number of units, and the reserve.
   *
   * @returns to be called when it is paid, or will not be
   * @throws Halted: when the limit is used up
   */
  async cover(units: Partial<Consumed>): Promise<() => void> {
    const cost = costOf({ ...nothing, ...units }, this.#options.limit);
    await this.#claimFor(cost + this.#reserve);
    this.#covered += cost;
    return () => {
      this.#covered -= cost;
    };
  }

  /** Resolves when what was paid is covered: it may be more than was estimated. @throws Halted: when the limit is used up */
  coverPaid(): Promise<void> {
    return this.#claimFor(0);
  }

  async #claimFor(cost: number): Promise<void> {
    while (this.#claimed - this.#options.spent() - this.#covered < cost) {
      if (this.#isRefused) throw new Halted('maxCost');
      this.#claiming ??= this.#claim().finally(() => {
        this.#claiming = undefined;
      });
      await this.#claiming;
    }
  }

  /** Gives back what was not consumed, or claims what was consumed beyond, when no request is in flight. Never rejects. */
  async leave(): Promise<void> {
    const { port, run, spent } = this.#options;
    await this.#claiming?.catch(() => undefined);
    const rest = this.#claimed - spent();
    this.#claimed -= rest;
    if (rest !== 0) await port.giveBack(run, this.#claims, rest).catch(() => undefined);
  }

  async #claim(): Promise<void> {
    const { port, run, maxWorkers } = this.#options;
    while (this.#left >= this.#reserve) {
      const lot = costLot({ left: this.#left, maxWorkers, reserve: this.#reserve });
      const { claimed, left } = await port.claim(run, this.#claims, Math.min(lot, this.#left));
      this.#left = left;
      this.#claimed += claimed;
      if (claimed > 0) return;
    }
    this.#isRefused = true;
  }
}
