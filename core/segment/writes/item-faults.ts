import type { Clock } from '../../clock.ts';
import { ItemError } from '../../errors.ts';

/** How DynamoDB answered the writes of one worker. */
export interface AnsweredWrites {
  /** Written, or found that a condition does not hold. */
  sound: number;
  /** Answered with an internal error. */
  faulty: number;
}

const minFaults = 20;
const minMs = 60_000;
/** If nothing else was written meanwhile. A worker that cannot read control sends nothing, so in an outage of DynamoDB the errors end sooner. */
const minMsAlone = 300_000;
/** Min number of answered writes for each write that DynamoDB answers with an internal error, if only the item is at fault. */
const minSoundPerFault = 10;

/**
 * Counts the internal errors with which DynamoDB answers the writes of one item. In an outage all writes are answered so, and to wait is right. An
 * item that alone is answered so for ever would hold up its segment.
 */
export class ItemFaults {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #answered: () => AnsweredWrites;
  #own = 0;
  #first: { at: number; answered: AnsweredWrites } | undefined;

  /** @param answered of all items of the worker, this one too */
  constructor(clock: Pick<Clock, 'monotonic'>, answered: () => AnsweredWrites) {
    this.#clock = clock;
    this.#answered = answered;
  }

  /**
   * Called for each internal error.
   *
   * @throws ItemError NotWritten: after at least 20 in at least a minute, if the writes of other items were answered soundly meanwhile; in at least five minutes, if
   *   there were none
   */
  count(): void {
    this.#own++;
    this.#first ??= { at: this.#clock.monotonic(), answered: { ...this.#answered() } };
    const { at, answered } = this.#first;
    const ms = this.#clock.monotonic() - at;
    if (this.#own < minFaults || ms < minMs) return;
    const now = this.#answered();
    const sound = now.sound - answered.sound;
    // The first is counted before.
    const ofOthers = now.faulty - answered.faulty - (this.#own - 1);
    const isAlone = sound === 0 && ofOthers === 0;
    if (isAlone ? ms < minMsAlone : sound < Math.max(1, minSoundPerFault * ofOthers)) return;
    throw new ItemError(
      'NotWritten',
      `DynamoDB answered ${this.#own} writes of this item in ${Math.round(ms / 1000)} seconds with an internal error, and ${isAlone ? 'there were no others' : 'accepted those of other items'} meanwhile. Write this item alone with \`aws dynamodb update-item\`; if that fails, too, ask AWS Support.`,
    );
  }
}
