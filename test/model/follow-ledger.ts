import type { FollowRecordsPort } from '../../core/follow/follow-ports.ts';
import type { FailedKey, FollowControl, FollowedSequence, OpenFailure } from '../../core/ledger/follow.ts';
import { keyText } from '../../core/values/table-shape.ts';
import type { Findings } from './findings.ts';
import { InjectedError, type Network } from './network.ts';
import type { Process, Scheduler } from './scheduler.ts';

const ever = '1970-01-01T00:00:00.000Z';

/** What followers say in the ledger, under its conditions. */
export class FollowLedger {
  readonly #network: Network;
  readonly #scheduler: Pick<Scheduler, 'now'>;
  readonly #findings: Findings;
  readonly #hidesBreaks: boolean;
  /** By key: an item that failed, its version, and when. */
  readonly #failures = new Map<string, OpenFailure>();
  /** By sequence: when a follower last changed an item for it. */
  readonly #broughtUpAt = new Map<number, string>();
  control: FollowControl | undefined;
  lateUntil = 0;
  failuresCounted = 0;

  /** @param hidesBreaks a defect: a version that was not followed for a while is recorded as followed since ever */
  constructor(network: Network, scheduler: Pick<Scheduler, 'now'>, findings: Findings, hidesBreaks = false) {
    this.#network = network;
    this.#scheduler = scheduler;
    this.#findings = findings;
    this.#hidesBreaks = hidesBreaks;
  }

  get broughtUp(): { sequence: number; lastAt: string }[] {
    return [...this.#broughtUpAt].map(([sequence, lastAt]) => ({ sequence, lastAt }));
  }

  /** @param key as {@link keyText} gives it */
  hasFailure(key: string): boolean {
    return this.#failures.has(key);
  }

  /** As this follower reaches it. */
  portFor(process: Process): FollowRecordsPort {
    const sent = <T>(label: string, serve: () => T): Promise<T> => this.#network.send(process, label, async () => serve());
    return {
      say: (control, read) => sent('what is followed is recorded', () => this.#say(control, read)),
      late: (_, until) =>
        repeated(() =>
          sent('late is recorded', () => {
            this.lateUntil = Math.max(this.lateUntil, until);
          }),
        ),
      broughtUp: (_, counted, at) => sent('what was brought up is recorded', () => this.#noteBroughtUp(counted, at)),
      failed: (_, failures) => sent('failures are recorded', () => this.#recordFailures(failures)),
      openFailures: () => sent('failures are read', () => [...this.#failures.values()]),
      closed: (_, failures) =>
        sent('failures are closed', () => {
          if (this.control) this.control = { ...this.control, failuresClosed: Math.max(this.control.failuresClosed ?? 0, failures) };
        }),
      mended: (_, failures) => sent('failures are taken back', () => this.#takeBackFailures(failures)),
    };
  }

  #say(control: FollowControl, read: FollowControl | undefined): FollowControl | undefined {
    if (this.control?.seenAt !== read?.seenAt) return this.control;
    const { failures, failuresClosed, failedAt } = this.control ?? {};
    const { following, followingSince } = control;
    const sinceEver = Object.fromEntries(following.map((sequence) => [sequence, ever]));
    this.control = { ...control, failures, failuresClosed, failedAt, followingSince: this.#hidesBreaks ? sinceEver : followingSince };
    return undefined;
  }

  #noteBroughtUp(counted: readonly FollowedSequence[], at: string): void {
    for (const { sequence, changed } of counted) if (changed > 0) this.#broughtUpAt.set(sequence, at);
  }

  #recordFailures(failures: readonly FailedKey[]): void {
    this.failuresCounted += failures.length;
    const failedAt = new Date(this.#scheduler.now).toISOString();
    if (this.control) this.control = { ...this.control, failures: this.failuresCounted, failedAt };
    for (const { key, sequence, error, message, at } of failures) {
      if (error !== 'TransformThrew') this.#findings.violate(`an item failed: ${error} ${message}`);
      this.#failures.set(keyText(key), { key, sequence, at });
    }
  }

  #takeBackFailures(failures: readonly OpenFailure[]): void {
    for (const { key, at } of failures) if (this.#failures.get(keyText(key))?.at === at) this.#failures.delete(keyText(key));
  }
}

/** As the ledger's client does, whose attempts one fault does not use up. */
async function repeated<T>(send: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof InjectedError)) throw error;
    }
  }
}
