import type { Image } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';

/** Max bytes of the answers that a worker keeps for its segment. Objects in memory take some times more. */
const maxBytes = 32 * 1024 * 1024;
/** An answer without an item takes memory, too. */
const bytesPerAnswer = 100;

interface Kept {
  answer: Promise<Image[]>;
  /** 0 until it has arrived. */
  bytes: number;
}

/** Keeps answers of look-ups, and forgets those that were not asked for longest. */
export class KeptAnswers {
  readonly #kept = new Map<string, Kept>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(limit = maxBytes) {
    this.#maxBytes = limit;
  }

  /** The answer that is kept, or that of `ask`. An error is not kept. */
  get(text: string, ask: () => Promise<Image[]>): Promise<Image[]> {
    const known = this.#kept.get(text);
    if (known) {
      // The order of a Map is that in which its keys were set.
      this.#kept.delete(text);
      this.#kept.set(text, known);
      return known.answer;
    }
    const kept: Kept = { answer: ask(), bytes: 0 };
    this.#kept.set(text, kept);
    kept.answer.then(
      (images) => this.#count(text, kept, images),
      () => this.#forget(text, kept),
    );
    return kept.answer;
  }

  #count(text: string, kept: Kept, images: readonly Image[]): void {
    if (this.#kept.get(text) !== kept) return;
    kept.bytes = bytesPerAnswer + text.length + images.reduce((sum, image) => sum + itemSize(image), 0);
    this.#bytes += kept.bytes;
    for (const [oldest, other] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#forget(oldest, other);
    }
  }

  #forget(text: string, kept: Kept): void {
    if (this.#kept.get(text) !== kept) return;
    this.#kept.delete(text);
    this.#bytes -= kept.bytes;
  }
}
