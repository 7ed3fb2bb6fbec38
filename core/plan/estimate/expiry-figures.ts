import type { Image } from '../../values/attribute-value.ts';

/** The attribute by which DynamoDB deletes items, and when the plan is made, in milliseconds since 1970. */
export interface Expiry {
  attribute: string;
  now: number;
}

/** Items that get a new time of expiry: numbers in the sample, and of the whole table. */
export interface ExpiryFigures {
  /** The time is past: DynamoDB deletes them. */
  past: { items: number; estimated: number };
  /** DynamoDB ignores the value, and keeps them. */
  ignored: { items: number; estimated: number };
}

/** DynamoDB does not delete items whose time is longer past: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html */
const maxSecondsPast = 5 * 365.25 * 24 * 60 * 60;
/** In the year 5138: who writes more means milliseconds. */
const maxSeconds = 100_000_000_000;

/** Collects what becomes of the times of expiry. */
export class ExpiryCount {
  readonly #expiry: Expiry;
  readonly #figures: ExpiryFigures = { past: { items: 0, estimated: 0 }, ignored: { items: 0, estimated: 0 } };
  #isWritten = false;

  constructor(expiry: Expiry) {
    this.#expiry = expiry;
  }

  /**
   * @param after an item as the version leaves it
   * @param weight how many items of the table it represents
   */
  count(after: Image, weight: number): void {
    const { attribute, now } = this.#expiry;
    const value = Object.hasOwn(after, attribute) ? after[attribute] : undefined;
    if (!value) return;
    this.#isWritten = true;
    const seconds = 'N' in value ? Number(value.N) : undefined;
    const isIgnored = seconds === undefined || seconds > maxSeconds || seconds < now / 1000 - maxSecondsPast;
    if (!isIgnored && seconds >= now / 1000) return;
    const counted = isIgnored ? this.#figures.ignored : this.#figures.past;
    counted.items += 1;
    counted.estimated += weight;
  }

  /** Undefined if no item gets a time of expiry. */
  get figures(): ExpiryFigures | undefined {
    return this.#isWritten ? this.#figures : undefined;
  }
}
