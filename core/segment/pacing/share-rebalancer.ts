import type { Clock } from '../../clock.ts';
import type { Control } from '../../ledger/control.ts';

/** How workers hand on the shares of those that are finished. `claim` and `share` return false if another decision came first. */
export interface SharePort {
  /** Says on the control that a worker counts the segments now, unless another did since `lookedBefore` (wall clock, milliseconds). */
  claim(control: Control, now: number, lookedBefore: number): Promise<boolean>;
  /** How many segments of the control's pass its code has finished, without a failed item; strongly consistent. */
  finished(control: Control): Promise<number>;
  /** Lowers the number of workers that share the budget, if the control's decision is still the last. */
  share(control: Control, workers: number): Promise<boolean>;
}

/** Milliseconds between two counts of one run. It grows with the checkpoints to read: max 50 read units per second of the ledger. */
const minIntervalMs = 5000;
const intervalMsPerSegment = 5;

/**
 * Shares the budget among the workers of a Map that are left. Segments are uneven, and without it the last workers would keep the small
 * share with which the Map began.
 *
 * 1. A worker that is limited by its share counts from time to time, if no other worker did so recently.
 * 2. It counts the segments that are not finished. No more workers than that can be active, as a finished segment is never begun again
 *    in the same Map.
 * 3. If that is fewer than the workers that share the budget now, it lowers their number on the control, which all workers read every
 *    few seconds.
 *
 * A share grows only by what finished workers have left, so the sum of the shares never exceeds the budget.
 */
export class ShareRebalancer {
  readonly #clock: Clock;
  readonly #port: SharePort;
  #nextAt: number | undefined;
  #looking: Promise<void> | undefined;

  constructor(clock: Clock, port: SharePort) {
    this.#clock = clock;
    this.#port = port;
  }

  /** Counts in the background if a count is due. Failures are harmless: the shares stay small. */
  rebalanceIfDue(control: Control): void {
    const now = this.#clock.monotonic();
    // Workers of one Map start together: a random delay keeps them from counting together, or at once.
    const later = now + intervalOf(control) * (0.5 + this.#clock.random());
    this.#nextAt ??= later;
    if (this.#looking || now < this.#nextAt) return;
    this.#nextAt = later;
    this.#looking = this.#look(control)
      .catch(() => undefined)
      .finally(() => {
        this.#looking = undefined;
      });
  }

  /** Resolves when no request of the rebalancer is in flight. */
  async finished(): Promise<void> {
    await this.#looking;
  }

  async #look(control: Control): Promise<void> {
    const now = this.#clock.wall();
    const lookedBefore = now - intervalOf(control);
    if ((control.budget.sharedAt ?? 0) > lookedBefore || !(await this.#port.claim(control, now, lookedBefore))) return;
    const left = workersLeft(control, await this.#port.finished(control));
    if (left < control.budget.workers) await this.#port.share(control, left);
  }
}

function intervalOf({ totalSegments }: Control): number {
  return Math.max(minIntervalMs, totalSegments * intervalMsPerSegment);
}

/** Max workers that can be active in the present Map. @param finished segments */
export function workersLeft({ totalSegments, budget }: Control, finished: number): number {
  return Math.max(1, Math.min(budget.workers, totalSegments - finished));
}
