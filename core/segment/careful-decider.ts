import { ConcurrencyLimit } from '../change/team-functions.ts';
import { ItemError } from '../errors.ts';

/** A process that runs the team's code for one thing at a time. The code can block it or end it without harm to the worker. */
export interface DecidingProcess<Asked, Decision> {
  /** Resolves when it can decide, or never will: then `decide` says why. */
  started(): Promise<void>;
  /** @throws Error: when the process could not load or bind the code */
  decide(asked: Asked): Promise<Answer<Decision>>;
  close(): Promise<void>;
}

export type Answer<Decision> =
  /** `readUnits` is what the function's look-ups consumed. */
  | { kind: 'decided'; decision: Decision; readUnits?: number | undefined }
  | { kind: 'failed'; error: ItemError; readUnits?: number | undefined }
  /** The team's function held the event loop of the process for this number of seconds. */
  | { kind: 'hung'; seconds: number }
  /** The code ended the process; `cause` is a clause without item data. */
  | { kind: 'ended'; cause: string };

/**
 * Decides on one item at a time in a process, so that an item for which the function blocks or ends its process fails like any other item.
 *
 * A process can also end because of what it did for items before: memory that was never freed, an error in a timer; or somebody ends it. So
 * the item is decided again in a fresh process, and fails only if that one ends, too.
 */
export class CarefulDecider<Asked, Decision> {
  readonly #open: () => DecidingProcess<Asked, Decision>;
  readonly #noteReads: (readUnits: number) => void;
  readonly #turns = new ConcurrencyLimit(1);
  #child: DecidingProcess<Asked, Decision> | undefined;
  #isClosed = false;

  /** @param noteReads called with the read units that look-ups consumed */
  constructor(open: () => DecidingProcess<Asked, Decision>, noteReads: (readUnits: number) => void = () => {}) {
    this.#open = open;
    this.#noteReads = noteReads;
  }

  /**
   * @param file the transformation's file, named as the place of errors
   * @throws ItemError: when the item fails
   * @throws ItemError TransformHung: when the function held its process for too long
   * @throws ItemError TransformKilled: when the function ended two processes, the second of which had done nothing else
   */
  decide(asked: Asked, file: string | undefined): Promise<Decision> {
    return Promise.resolve(this.#turns.run(() => this.#decide(asked, file)));
  }

  /** Resolves when a process has started. Until then, nothing that ends the worker can be the fault of an item. */
  async start(): Promise<void> {
    this.#child ??= this.#open();
    await this.#child.started();
  }

  /** Decides nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#endChild();
  }

  async #decide(asked: Asked, file: string | undefined): Promise<Decision> {
    for (let ended = 0; ; ended++) {
      if (this.#isClosed) throw new Error('The worker has left its segment.');
      this.#child ??= this.#open();
      const answer = await this.#child.decide(asked);
      if ('readUnits' in answer && answer.readUnits) this.#noteReads(answer.readUnits);
      if (answer.kind === 'decided') return answer.decision;
      if (answer.kind === 'failed') throw answer.error;
      await this.#endChild();
      if (answer.kind === 'hung') throw transformHung(answer.seconds, file);
      if (ended > 0) throw transformKilled(`ended its process twice: ${answer.cause}`, file);
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
