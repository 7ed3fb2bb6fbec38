import { lotOf, type PauseAfter } from '../../ledger/limits/pause-after.ts';
import { Halted } from '../segment-gate.ts';

/** What of a run's limit is claimed. */
export interface TokenPort {
  /** Claims a number of tokens, or none if fewer are left. @returns the number of claimed tokens, and of those that are left then */
  claim(run: string, limit: PauseAfter, count: number): Promise<{ claimed: number; left: number }>;
  /** Gives claimed ones back that were not used: once or, if the request fails, not at all. */
  giveBack(run: string, limit: PauseAfter, count: number): Promise<void>;
}

export interface ChangeTokensOptions {
  run: string;
  limit: PauseAfter;
  /** How many workers claim at a time, about. */
  workers: number;
  /** Max changes in this segment, until a later Map. */
  ofSegment: number;
  port: TokenPort;
}

/** The place of an item among those that may need a token. */
export interface Turn {
  /** Resolves with a token when each item before has taken its own, or left. @throws Halted: as {@link ChangeTokens.take} */
  take(): Promise<void>;
  /** The item needs no token. Called in any case at last, also after {@link take}. */
  leave(): void;
}

/**
 * The changes that a worker may still make under the limit of its run: one token for each item. A token is claimed before the write is sent, so
 * whatever becomes of workers, no more items are changed than tokens were claimed:
 *
 *     worker A                         ledger: 10 of 100 left            worker B
 *     --------                         ----------------------            --------
 *     claims 5 → 5 left
 *     sends 3 writes, is killed
 *                                                                        claims 5 → 0 left
 *                                                                        sends 5 writes
 *                                                                        claims 1 → refused, leaves
 *     (2 tokens are lost)
 *
 * A worker that is refused settles the items for which it has tokens, and leaves its segment unfinished. Tokens go to items in the order of the
 * scan, whenever their decisions are made: a checkpoint counts what is settled without a gap.
 */
export class ChangeTokens {
  readonly #options: ChangeTokensOptions;
  #inHand = 0;
  /** Claimed ones, used or in hand. */
  #obtained = 0;
  #left: number;
  #waiting = 0;
  #lastTaken: Promise<void> = Promise.resolve();
  #refused = false;
  /** Resolves when each item that entered has taken its token, or left. */
  #entered: Promise<void> = Promise.resolve();

  constructor(options: ChangeTokensOptions) {
    this.#options = options;
    this.#left = options.limit.items;
  }

  /** No token is left for this worker: it should decide on no further items. */
  get isRefused(): boolean {
    return this.#refused;
  }

  /** Called for the items in their order, before their decisions. */
  enter(): Turn {
    const before = this.#entered;
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#entered = before.then(() => left);
    return {
      take: async () => {
        await before;
        try {
          await this.take();
        } finally {
          leave();
        }
      },
      leave,
    };
  }

  /**
   * Takes the token for an item. If none is in hand, it resolves when one is; whoever asks first gets the first.
   *
   * @throws Halted: when the limit, or the segment's part of it, is used up
   */
  take(): void | Promise<void> {
    if (this.#inHand === 0 || this.#waiting > 0) return this.#takeInTurn();
    this.#inHand--;
  }

  /** Takes up to `count` tokens, and at least one. @throws Halted */
  async takeUpTo(count: number): Promise<number> {
    await this.take();
    const more = Math.min(count - 1, this.#inHand);
    this.#inHand -= more;
    return 1 + more;
  }

  /** The tokens of items for which nothing was written. */
  putBack(count = 1): void {
    this.#inHand += count;
  }

  /** Gives back what is in hand, when no item of the worker is open. Never rejects: what cannot be given back is lost. */
  async leave(): Promise<void> {
    const { port, run, limit } = this.#options;
    await this.#lastTaken;
    const count = this.#inHand;
    this.#inHand = 0;
    if (count > 0) await port.giveBack(run, limit, count).catch(() => undefined);
  }

  #takeInTurn(): Promise<void> {
    this.#waiting++;
    const taken = this.#lastTaken
      .then(() => this.#takeOrClaim())
      .finally(() => {
        this.#waiting--;
      });
    this.#lastTaken = taken.catch(() => undefined);
    return taken;
  }

  async #takeOrClaim(): Promise<void> {
    while (this.#inHand === 0) {
      if (this.#refused) throw new Halted('pauseAfter');
      await this.#claim();
    }
    this.#inHand--;
  }

  async #claim(): Promise<void> {
    const { port, run, limit, workers, ofSegment } = this.#options;
    const ofSegmentLeft = ofSegment - this.#obtained;
    if (ofSegmentLeft <= 0 || this.#left <= 0) {
      this.#refused = true;
      return;
    }
    const { claimed, left } = await port.claim(run, limit, lotOf({ left: this.#left, workers, ofSegment: ofSegmentLeft }));
    this.#left = left;
    this.#obtained += claimed;
    this.#inHand += claimed;
  }
}
