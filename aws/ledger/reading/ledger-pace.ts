import type { Clock } from '../../../core/clock.ts';

/** Milliseconds for each request, on average. */
const everyMs = 1000;
/** What may be sent ahead of its time: a page that somebody opens needs several requests at once. */
const maxOwedMs = 60_000;
/** What may be sent ahead by whoever asks again and again, as when a first look at a table needs several requests. */
const maxOwedByLoopMs = 30_000;

/**
 * The pace of all reads of ledgers for people who look: one request a second on average. Requests that are sent ahead of their time are paid by a
 * pause: until they are paid, {@link pauseMs} is at least twice as long.
 */
export class LedgerPace {
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** When all requests that were sent are paid. */
  #paidAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonic' | 'sleep'>) {
    this.#clock = clock;
  }

  /** Resolves when a request may be sent: at once, unless a minute's requests were sent ahead of their time. */
  async request(): Promise<void> {
    const owedMs = this.#owedMs;
    this.#paidAt = this.#clock.monotonic() + owedMs + everyMs;
    if (owedMs > maxOwedMs) await this.#clock.sleep(owedMs - maxOwedMs);
  }

  /** How long whoever asks again and again waits before the next request. */
  get pauseMs(): number {
    const owedMs = this.#owedMs;
    return owedMs > everyMs ? Math.max(2 * everyMs, owedMs - maxOwedByLoopMs) : owedMs;
  }

  get #owedMs(): number {
    return Math.max(0, this.#paidAt - this.#clock.monotonic());
  }
}
