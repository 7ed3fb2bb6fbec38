import { backOff, throttleBackoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { Image } from '../values/attribute-value.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import type { LookupPort, ReadBudget } from './lookup-port.ts';
import { refusedByDynamoDB } from './misuse.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const maxKeys = 100;
/** DynamoDB leaves keys because of the answer's size from 16 MB on. Its JSON is longer than what it counts. */
const fullAnswer = 12_000_000;
/** An answer can have 16 MB. */
const maxInFlight = 4;
/** How long the first get of a request waits for others: the functions of the items that are in hand are called within this time. */
export const gatherMs = 1;
/** Weight of a new report in the moving average of units per key. */
const weightOfReport = 0.2;

interface Wanted {
  key: Image;
  resolve: (image: Image | undefined) => void;
  reject: (error: unknown) => void;
  answer: Promise<Image | undefined>;
}

export interface BatchedGetsPorts {
  port: Pick<LookupPort, 'getItems'>;
  clock: Pick<Clock, 'sleep' | 'random' | 'monotonic' | 'wall'>;
  budget: () => ReadBudget;
}

/**
 * Gathers gets of one table into requests of up to 100 keys.
 *
 * 1. A key that is already waiting is asked for once.
 * 2. A request is sent when it is full, or a millisecond after its first key. While four are on their way, keys wait, and fill the next.
 * 3. It is paid before it is sent, and has no more keys than the budget can pay at once.
 * 4. Keys that DynamoDB leaves are sent again: after a growing pause, unless the answer was full.
 * 5. If DynamoDB refuses a request as a whole, it is split until the bad key is alone.
 */
export class BatchedGets {
  readonly #shape: TableShape;
  readonly #consistent: boolean;
  readonly #ports: BatchedGetsPorts;
  #waiting = new Map<string, Wanted>();
  #isDue = false;
  #inFlight = 0;
  #unitsPerKey: number;

  constructor(shape: TableShape, consistent: boolean, ports: BatchedGetsPorts) {
    this.#shape = shape;
    this.#consistent = consistent;
    this.#ports = ports;
    this.#unitsPerKey = consistent ? 1 : 0.5;
  }

  /** @param text of the key, by keyText */
  get(key: Image, text: string): Promise<Image | undefined> {
    const known = this.#waiting.get(text);
    if (known) return known.answer;
    const { promise: answer, resolve, reject } = Promise.withResolvers<Image | undefined>();
    this.#waiting.set(text, { key, resolve, reject, answer });
    if (this.#waiting.size >= maxKeys) this.#send();
    else if (!this.#isDue) void this.#sendSoon();
    return answer;
  }

  async #sendSoon(): Promise<void> {
    this.#isDue = true;
    await this.#ports.clock.sleep(gatherMs);
    this.#isDue = false;
    this.#send();
  }

  #send(): void {
    while (this.#waiting.size > 0 && this.#inFlight < maxInFlight) {
      const affordable = Math.floor(this.#ports.budget().maxUnits / this.#unitsPerKey);
      const taken = [...this.#waiting].slice(0, Math.max(1, Math.min(maxKeys, affordable)));
      for (const [text] of taken) this.#waiting.delete(text);
      this.#inFlight++;
      void this.#answer(new Map(taken)).finally(() => {
        this.#inFlight--;
        this.#send();
      });
    }
  }

  /** Never rejects: what fails is handed to those who wait. */
  async #answer(wanted: Map<string, Wanted>): Promise<void> {
    try {
      for (let retry = 0; wanted.size > 0; ) {
        const { answered, isBusy } = await this.#ask(wanted);
        if (!answered) return await this.#answerHalves([...wanted]);
        if (isBusy && wanted.size > 0) await backOff(this.#ports.clock, retry++, throttleBackoff);
      }
    } catch (error) {
      for (const { reject } of wanted.values()) reject(error);
    }
  }

  /** Sends one request, and takes out of `wanted` what is answered. @returns answered: false if DynamoDB refuses the request as a whole */
  async #ask(wanted: Map<string, Wanted>): Promise<{ answered: boolean; isBusy: boolean }> {
    const { port } = this.#ports;
    const budget = this.#ports.budget();
    const paid = wanted.size * this.#unitsPerKey;
    await budget.pay(paid);
    const keys = [...wanted.values()].map(({ key }) => key);
    const got = await port.getItems(this.#shape.name, keys, this.#consistent);
    if (got.kind !== 'answered') {
      budget.consumed(paid, 0);
      if (got.kind === 'throttled') {
        budget.throttled();
        return { answered: true, isBusy: true };
      }
      const [only] = wanted.values();
      if (only && wanted.size === 1) throw refusedByDynamoDB(got.code);
      return { answered: false, isBusy: false };
    }
    const units = got.units > 0 ? got.units : paid;
    budget.consumed(paid, units);
    const left = new Set(got.unprocessed.map(keyText));
    const done = wanted.size - left.size;
    if (done > 0) this.#unitsPerKey += weightOfReport * (units / done - this.#unitsPerKey);
    for (const image of got.images) {
      const text = keyText(keyOf(this.#shape, image));
      wanted.get(text)?.resolve(image);
      wanted.delete(text);
    }
    for (const [text, { resolve }] of wanted)
      if (!left.has(text)) {
        resolve(undefined);
        wanted.delete(text);
      }
    const isBusy = left.size > 0 && got.size < fullAnswer;
    if (isBusy) budget.throttled();
    return { answered: true, isBusy };
  }

  async #answerHalves(wanted: [string, Wanted][]): Promise<void> {
    const middle = Math.ceil(wanted.length / 2);
    await this.#answer(new Map(wanted.slice(0, middle)));
    await this.#answer(new Map(wanted.slice(middle)));
  }
}
