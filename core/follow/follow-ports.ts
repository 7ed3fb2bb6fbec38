import type { FailedKey, FollowControl, FollowedSequence, OpenFailure } from '../ledger/follow.ts';

/** What the follower says in the ledger. */
export interface FollowRecordsPort {
  /** Unless there is a record already. */
  create(control: FollowControl): Promise<void>;
  /** Unless a later invocation said so. */
  seen(control: FollowControl): Promise<void>;
  /** Unless a later moment is known. */
  late(table: string, lateUntil: number): Promise<void>;
  /** @param at ISO 8601 */
  broughtUp(table: string, sequences: readonly FollowedSequence[], at: string): Promise<void>;
  failed(table: string, failures: readonly FailedKey[]): Promise<void>;
  /** Up to 1,000, strongly consistent. */
  openFailures(table: string): Promise<readonly OpenFailure[]>;
  /** None of the first `failures` failures is open. */
  closed(table: string, failures: number): Promise<void>;
  /** These items failed before, and do no longer, unless they failed again since. */
  mended(table: string, failures: readonly OpenFailure[]): Promise<void>;
}
