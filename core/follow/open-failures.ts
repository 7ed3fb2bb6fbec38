import type { Clock } from '../clock.ts';
import { hasOpenFailures, type OpenFailure } from '../ledger/follow.ts';
import type { Image } from '../values/attribute-value.ts';
import { keyText } from '../values/table-shape.ts';
import type { FollowLease } from './follow-lease.ts';
import type { FollowRecordsPort } from './follow-ports.ts';

/** How long a container takes what it read for known. */
const knownForMs = 10_000;

/**
 * Takes back the records of items that failed, once the stream shows that they are in shape or gone, and a fresh look confirms it: a record of the
 * stream can be an old one, which comes again. A container keeps it over its invocations.
 *
 * While no failure is open, it costs no request: the control, which is read anyway, counts failures, and up to which of them none is open.
 *
 *     this follower                        another follower
 *     -------------                        ----------------
 *     reads in the control: 3 failures
 *     reads the failed items: none
 *                                          records an item, then counts it: 4 failures
 *     records that of 3 failures
 *       none is open: 4 > 3, so the
 *       next batch looks again
 */
export class OpenFailures {
  readonly #table: string;
  readonly #records: FollowRecordsPort;
  readonly #lease: FollowLease;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #known: { at: number; failures: readonly OpenFailure[] } | undefined;

  constructor(table: string, records: FollowRecordsPort, lease: FollowLease, clock: Pick<Clock, 'monotonic'>) {
    this.#table = table;
    this.#records = records;
    this.#lease = lease;
    this.#clock = clock;
  }

  /**
   * @param keys of items that are in shape or gone, by the stream
   * @param isDue whether a failure is to be looked at without a record of its item
   * @param confirmed reads the items of these failures, and gives those that are in shape or gone
   */
  async mend(
    keys: readonly Image[],
    isDue: (failure: OpenFailure) => boolean,
    confirmed: (failures: readonly OpenFailure[]) => Promise<readonly OpenFailure[]>,
  ): Promise<void> {
    const { control } = this.#lease;
    if (!hasOpenFailures(control)) return;
    const failures = await this.#read(control?.failures ?? 0);
    if (failures.length === 0) return;
    const shown = new Set(keys.map(keyText));
    const maybe = failures.filter((failure) => shown.has(keyText(failure.key)) || isDue(failure));
    if (maybe.length === 0) return;
    const mended = await confirmed(maybe);
    if (mended.length === 0) return;
    await this.#records.mended(this.#table, mended);
    this.#known = undefined;
  }

  /** Called with what was recorded since it was read. */
  note(failures: readonly OpenFailure[]): void {
    if (this.#known) this.#known = { ...this.#known, failures: [...this.#known.failures, ...failures] };
  }

  async #read(counted: number): Promise<readonly OpenFailure[]> {
    const now = this.#clock.monotonic();
    if (this.#known && now - this.#known.at < knownForMs) return this.#known.failures;
    const failures = await this.#records.openFailures(this.#table);
    this.#known = { at: now, failures };
    if (failures.length === 0) await this.#records.closed(this.#table, counted);
    return failures;
  }
}
