import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../demo/pseudo-random.ts';
import type { Answer, Damage, DynamoDbProxy, ProxiedRequest } from '../support/dynamodb-proxy.ts';

export type Fault =
  /** DynamoDB refuses the request. */
  | 'throttled'
  | 'internalError'
  /** The request reaches DynamoDB seconds later, when its client may have given up, and may have sent it again. */
  | 'lateRequest'
  /** DynamoDB applies the request at once, and its answer arrives seconds later. */
  | 'lateAnswer'
  | 'lostAnswer'
  | 'cutOffAnswer'
  | 'garbledAnswer'
  /** For seconds, all requests to the ledger fail. */
  | 'ledgerAway'
  /** For seconds, DynamoDB refuses half of the writes to a table, and half of the reads of its stream. */
  | 'writeThrottled'
  | 'streamThrottled';

/** How often a request meets a fault, per 10,000 requests. */
const perTenThousand: Record<Exclude<Fault, 'ledgerAway' | 'writeThrottled' | 'streamThrottled'>, number> = {
  throttled: 40,
  internalError: 40,
  lateRequest: 6,
  lateAnswer: 6,
  lostAnswer: 40,
  cutOffAnswer: 25,
  garbledAnswer: 25,
};

const writes = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchExecuteStatement', 'ExecuteStatement', 'TransactWriteItems']);

const errors = {
  throttled: {
    status: 400,
    body: { __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', message: 'slow down' },
  },
  internalError: { status: 500, body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'try again' } },
} satisfies Record<string, Answer>;

const damages: Partial<Record<Fault, Damage>> = { lostAnswer: 'lost', cutOffAnswer: 'cutOff', garbledAnswer: 'garbled' };

/** Seconds that a request or an answer is held back. Shorter than `signatureLifetimeSeconds`, after which AWS would refuse the request. */
const heldSeconds = [2, 12] as const;
/** For `DYNAMODT_SIGNATURE_LIFETIME`. */
export const signatureLifetimeSeconds = 15;

/** Injects faults at the wire between functions and DynamoDB. Which request meets which fault is chosen by `random`. */
export class FaultyWire {
  readonly counts = new Map<Fault, number>();
  readonly #proxy: DynamoDbProxy;
  readonly #random: Random;
  readonly #ledger: string;
  readonly #chosen = new WeakMap<ProxiedRequest, Fault>();
  readonly #held = new Set<Promise<unknown>>();
  #ledgerIsAway = false;
  #throttledTable: string | undefined;

  /** @param ledger the ledger's table */
  constructor(proxy: DynamoDbProxy, random: Random, ledger: string) {
    this.#proxy = proxy;
    this.#random = random;
    this.#ledger = ledger;
  }

  start(): void {
    this.#proxy.before = (proxied) => this.#before(proxied);
    this.#proxy.after = (proxied) => this.#after(proxied);
  }

  /** Injects no further faults. Requests that are held back stay on their way. */
  stop(): void {
    this.#proxy.before = () => undefined;
    this.#proxy.after = () => undefined;
  }

  /** Resolves when no request and no answer is held back. */
  async delivered(): Promise<void> {
    while (this.#held.size > 0) await Promise.all(this.#held);
  }

  /** @param milliseconds how long the ledger is away */
  async takeLedgerAway(milliseconds: number): Promise<void> {
    this.#count('ledgerAway');
    this.#ledgerIsAway = true;
    await sleep(milliseconds);
    this.#ledgerIsAway = false;
  }

  /** @param milliseconds how long the table's writes and the reads of its stream are throttled */
  async throttle(table: string, milliseconds: number): Promise<void> {
    this.#throttledTable = table;
    await sleep(milliseconds);
    this.#throttledTable = undefined;
  }

  async #before(proxied: ProxiedRequest): Promise<Answer | undefined> {
    if (this.#ledgerIsAway && proxied.text.includes(this.#ledger)) return errors.internalError;
    const throttled = this.#throttled(proxied);
    if (throttled) {
      this.#count(throttled);
      return errors.throttled;
    }
    const fault = this.#choose();
    if (!fault) return undefined;
    this.#count(fault);
    this.#chosen.set(proxied, fault);
    if (fault === 'lateRequest') await this.#hold();
    return fault === 'throttled' || fault === 'internalError' ? errors[fault] : undefined;
  }

  async #after(proxied: ProxiedRequest): Promise<Damage | undefined> {
    const fault = this.#chosen.get(proxied);
    if (fault === 'lateAnswer') await this.#hold();
    return fault && damages[fault];
  }

  #throttled({ operation, text }: ProxiedRequest): Fault | undefined {
    if (this.#throttledTable === undefined || this.#random() < 0.5) return undefined;
    if (operation === 'GetRecords') return 'streamThrottled';
    const isOfTable = text.includes(this.#throttledTable) && !text.includes(this.#ledger);
    return isOfTable && writes.has(operation) ? 'writeThrottled' : undefined;
  }

  #choose(): Fault | undefined {
    let drawn = this.#random() * 10_000;
    for (const [fault, share] of Object.entries(perTenThousand) as [Fault, number][]) {
      drawn -= share;
      if (drawn < 0) return fault;
    }
    return undefined;
  }

  async #hold(): Promise<void> {
    const [min, max] = heldSeconds;
    const held = sleep((min + (max - min) * this.#random()) * 1000);
    this.#held.add(held);
    await held;
    this.#held.delete(held);
  }

  #count(fault: Fault): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
  }
}
