import { backOff, throttleBackoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { Image } from '../values/attribute-value.ts';
import { gatherMs } from './batched-gets.ts';
import type { AskedQuery } from './check-request.ts';
import type { LookupPort, QueriedItems, QueryRequest, ReadBudget } from './lookup-port.ts';
import { refusedByDynamoDB } from './misuse.ts';

/** Each can hold a page of 1 MB in memory. */
const maxInFlight = 16;
const weightOfReport = 0.2;

export interface QueriesPorts {
  port: Pick<LookupPort, 'queryPage'>;
  clock: Pick<Clock, 'sleep' | 'random' | 'monotonic' | 'wall'>;
  budget: () => ReadBudget;
}

/** Reads partitions page by page, several at the same time. A query that waits for its turn is made once for all that ask the same. */
export class Queries {
  readonly #ports: QueriesPorts;
  readonly #queue: (() => void)[] = [];
  #inFlight = 0;
  readonly #waiting = new Map<string, Promise<Image[]>>();
  #unitsPerPage = 1;

  constructor(ports: QueriesPorts) {
    this.#ports = ports;
  }

  /** @param text the same only for equal queries */
  query(asked: AskedQuery, text: string): Promise<Image[]> {
    const known = this.#waiting.get(text);
    if (known) return known;
    const answer = this.#turn().then(() => {
      this.#waiting.delete(text);
      return this.#pages(asked).finally(() => this.#next());
    });
    this.#waiting.set(text, answer);
    return answer;
  }

  /** Resolves when one of the places is free, in the order of the calls; at the earliest after the functions in hand have asked, too. */
  #turn(): Promise<void> {
    return new Promise((go) => {
      this.#queue.push(go);
      void this.#ports.clock.sleep(gatherMs).then(() => this.#start());
    });
  }

  #start(): void {
    if (this.#inFlight >= maxInFlight) return;
    const go = this.#queue.shift();
    if (!go) return;
    this.#inFlight++;
    go();
  }

  #next(): void {
    this.#inFlight--;
    this.#start();
  }

  async #pages(asked: AskedQuery): Promise<Image[]> {
    const images: Image[] = [];
    let position: Image | undefined;
    do {
      const limit = asked.limit === undefined ? undefined : asked.limit - images.length;
      const page = await this.#page({ ...asked, limit, position });
      images.push(...page.images);
      position = page.position;
    } while (position && images.length < (asked.limit ?? Number.POSITIVE_INFINITY));
    return images;
  }

  async #page(request: QueryRequest): Promise<QueriedItems> {
    const { port, clock } = this.#ports;
    for (let retry = 0; ; retry++) {
      const budget = this.#ports.budget();
      const paid = Math.min(this.#unitsPerPage, budget.maxUnits);
      await budget.pay(paid);
      const page = await port.queryPage(request);
      if (page.kind === 'answered') {
        const units = page.units > 0 ? page.units : paid;
        budget.consumed(paid, units);
        this.#unitsPerPage += weightOfReport * (units - this.#unitsPerPage);
        return page;
      }
      budget.consumed(paid, 0);
      if (page.kind === 'refused') throw refusedByDynamoDB(page.code);
      budget.throttled();
      await backOff(clock, retry, throttleBackoff);
    }
  }
}
