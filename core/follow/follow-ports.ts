import type { FailedKey, FollowControl, FollowedSequence, OpenFailure } from '../ledger/follow.ts';

/** What the follower says in the ledger. */
export interface FollowRecordsPort {
  /**
   * What the follower says of itself. It is not written if another invocation said something since.
   *
   * @param read as it was when `control` was made; undefined if there was none
   * @returns what the other one said; undefined if it is written
   */
  say(control: FollowControl, read: FollowControl | undefined): Promise<FollowControl | undefined>;
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
