import type { Clock } from '../clock.ts';
import { type Checkpoint, isFinished } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';

/** How workers give each other what those that are done do not need any more. Each returns false where somebody else decided meanwhile. */
export interface SharePort {
  /** Marks on the control that somebody looks now, unless somebody did since `lookedBefore` (wall clock, milliseconds). */
  claim(control: Control, now: number, lookedBefore: number): Promise<boolean>;
  /** Of the control's pass, strongly consistent. */
  checkpoints(control: Control): Promise<Iterable<Checkpoint>>;
  /** Lets fewer workers share the budget, while the control's decision holds. */
  share(control: Control, workers: number): Promise<boolean>;
}

/** How often somebody looks: with many checkpoints to read more seldom, so that it costs the ledger no more than 50 units a second. */
const minIntervalMs = 5000;
const intervalMsPerSegment = 5;

/**
 * Shares the budget among those workers of a Map that are left. Segments are uneven, and the last of them would keep the small share
 * with which the Map began.
 *
 * 1. A worker that its share holds up looks, now and then, and only where nobody did lately.
 * 2. It counts the segments that are not finished: no more workers than those can be under way, as a finished segment is never begun
 *    again in the same Map.
 * 3. Where that is fewer than share the budget now, it says so on the control, which all of them read every few seconds.
 *
 * Shares only grow by what finished workers left, so their sum stays within the budget at every moment.
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

  /** Looks if it is time, and does not make the caller wait. Failures are harmless: the shares stay small. */
  rebalanceIfDue(control: Control): void {
    const now = this.#clock.monotonic();
    // Not all at once, and not at the very beginning.
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

  /** Resolves when nothing of it is in flight. */
  async finished(): Promise<void> {
    await this.#looking;
  }

  async #look(control: Control): Promise<void> {
    const now = this.#clock.wall();
    const lookedBefore = now - intervalOf(control);
    if ((control.budget.sharedAt ?? 0) > lookedBefore || !(await this.#port.claim(control, now, lookedBefore))) return;
    const left = workersLeft(control, await this.#port.checkpoints(control));
    if (left < control.budget.workers) await this.#port.share(control, left);
  }
}

function intervalOf({ totalSegments }: Control): number {
  return Math.max(minIntervalMs, totalSegments * intervalMsPerSegment);
}

/** As many workers as can be under way in the present Map. */
export function workersLeft({ totalSegments, checksum, budget }: Control, checkpoints: Iterable<Checkpoint>): number {
  let finished = 0;
  for (const checkpoint of checkpoints) if (isFinished(checkpoint) && checkpoint.checksum === checksum) finished++;
  return Math.max(1, Math.min(budget.workers, totalSegments - finished));
}
