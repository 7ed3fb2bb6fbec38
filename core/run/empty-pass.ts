import type { Control } from '../ledger/control.ts';
import { type Counters, noCounters } from '../ledger/counters.ts';
import type { Run, RunStep } from '../ledger/run.ts';
import { carriedOver } from '../ledger/versions/version-counters.ts';
import type { PassState, SettledSequence } from './verdict.ts';

/**
 * The steps after the present one that its clean pass settles, too, because it found no item in the whole table: a pass of theirs would
 * have read the same empty pages. docs/architecture.md has the proof.
 *
 * A step that inserts seeds, needs a preparation or goes by a journal has something to do in an empty table, so it ends the list. So does one
 * whose deployed code is not that of the run, which SettlePass refuses when it begins. The list is empty if a write of the present sequence can
 * still be applied: then the next sequence must look for what that write leaves. A pass by a journal, or about some items only, says nothing
 * about the table.
 *
 * @param counters of the clean pass
 */
export function settledByEmptyPass(
  { run, ahead: afterFirst }: PassState,
  { lease, scope, undoes, together = [] }: Pick<Control, 'lease' | 'scope' | 'undoes' | 'together'>,
  counters: Counters,
): RunStep[] {
  // A follower could still bring an item up that is written now.
  if (lease.followLeaseMs !== undefined && run.direction === 'down') return [];
  if (undoes || scope || counters.scanned > 0 || lease.mayHaveZombies || lease.lateUntil !== undefined) return [];
  const ahead = afterFirst.slice(together.length);
  const end = ahead.findIndex(({ seeds, prepares, by }) => seeds !== false || prepares || by !== undefined);
  return ahead.slice(0, end === -1 ? ahead.length : end).slice(0, maxSettledBeside(together.length, run.direction));
}

/** A transaction takes 100 actions. A version that was taken back takes two of them. What is left over gets a pass of its own. */
const maxSettledAtOnce = { up: 80, down: 40 } satisfies Record<Run['direction'], number>;

/** Beside those that were swept together, as up to ten others that will be swept together are begun. */
function maxSettledBeside(together: number, direction: Run['direction']): number {
  return Math.min(maxSettledAtOnce[direction], 82 - together);
}

/** What is recorded with a version for which there was no item. */
export function settledUnseen(
  { sequence, checksum, bundleChecksum, packages, file, given, journals }: RunStep,
  { run, versions }: Pick<PassState, 'run' | 'versions'>,
): SettledSequence {
  const before = versions.find((version) => version.sequence === sequence);
  return {
    sequence,
    checksum,
    bundleChecksum,
    packages,
    file,
    given,
    ...(journals ? { isJournaled: true } : {}),
    counters: carriedOver(before, run.direction)?.counters ?? noCounters(),
  };
}
