import type { ItemDecision } from '../change/change.ts';
import { ConcurrencyLimit } from '../change/team-functions.ts';
import { ItemError } from '../errors.ts';
import type { Image } from '../values/attribute-value.ts';

/** A process that runs the team's code on one image at a time. The code can block it or end it without harm to the worker. */
export interface DecidingProcess {
  /** @throws Error: when the process could not load or bind the code */
  decide(image: Image): Promise<Answer>;
  close(): Promise<void>;
}

export type Answer =
  | { kind: 'decided'; decision: ItemDecision }
  | { kind: 'failed'; error: ItemError }
  /** The code held the event loop of the process for so long. */
  | { kind: 'hung'; seconds: number }
  /** The code ended the process; `cause` is a clause without item data. */
  | { kind: 'ended'; cause: string };

/**
 * Decides on one item at a time in a process, so that an item for which the function blocks or ends its process fails like any other item.
 *
 * A process can also end because of what it did for items before: memory that was never freed, an error in a timer; or somebody ends it. So
 * the item is decided again in a fresh process, and fails only if that one ends, too.
 */
export class CarefulDecider {
  readonly #open: () => DecidingProcess;
  readonly #file: string | undefined;
  readonly #turns = new ConcurrencyLimit(1);
  #child: DecidingProcess | undefined;
  #isClosed = false;

  /** @param file the transformation's file, named as the place of errors */
  constructor(open: () => DecidingProcess, file: string | undefined) {
    this.#open = open;
    this.#file = file;
  }

  /**
   * @throws ItemError: when the item fails
   * @throws ItemError TransformHung: when the function held its process for too long
   * @throws ItemError TransformKilled: when the function ended two processes, the second of which had done nothing else
   */
  decide(image: Image): Promise<ItemDecision> {
    return Promise.resolve(this.#turns.run(() => this.#decide(image)));
  }

  /** Decides nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#endChild();
  }

  async #decide(image: Image): Promise<ItemDecision> {
    for (let ended = 0; ; ended++) {
      if (this.#isClosed) throw new Error('The worker has left its segment.');
      this.#child ??= this.#open();
      const answer = await this.#child.decide(image);
      if (answer.kind === 'decided') return answer.decision;
      if (answer.kind === 'failed') throw answer.error;
      await this.#endChild();
      if (answer.kind === 'hung') throw transformHung(answer.seconds, this.#file);
      if (ended > 0) throw transformKilled(`ended its process twice: ${answer.cause}`, this.#file);
    }
  }

  async #endChild(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.close();
  }
}

function transformHung(seconds: number, file: string | undefined): ItemError {
  return new ItemError(
    'TransformHung',
    `The function did not let its process go on for ${seconds} seconds. Look for a loop, or a regular expression, that does not end for this item.`,
    { place: file },
  );
}

/** @param did the rest of the sentence "The function …" */
export function transformKilled(did: string, file: string | undefined): ItemError {
  return new ItemError(
    'TransformKilled',
    `The function ${did}. Look for memory that grows without limit, calls that exit, and promises that nobody awaits.`,
    { place: file },
  );
}
