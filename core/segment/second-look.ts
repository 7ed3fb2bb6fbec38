import { type Checkpoint, countedBefore } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import { noCounters } from '../ledger/counters.ts';
import { maxItemsPerPage } from './pacing/worker-pacing.ts';

/**
 * True if the worker that has settled all items of a small table looks at all of them once more, in the same pass. If this second look finds
 * nothing to write, the pass is clean, and no other one follows. docs/architecture.md has the proof.
 *
 * 1. The segment is the whole table: what the code writes for an item of one segment can be an item of another.
 * 2. A pass by a journal undoes each record once. A dry run writes nothing. An index lags behind the table.
 * 3. A limit of changes, or of money, is shared out for one look.
 * 4. Something was written, nothing failed, and this was the first look: an old writer must not keep the worker looking.
 */
export function hasSecondLook(
  { totalSegments, dryRun, undoes, scope, marks }: Pick<Control, 'totalSegments' | 'dryRun' | 'undoes' | 'scope' | 'marks'>,
  { done, dirty, isSecondLook, counters }: Pick<Checkpoint, 'done' | 'dirty' | 'isSecondLook' | 'counters'>,
): boolean {
  if (totalSegments > 1 || dryRun || undoes || scope || marks.pauseAfter || marks.maxCost) return false;
  return done && dirty && !isSecondLook && counters.failed === 0 && counters.scanned <= maxItemsPerPage;
}

/**
 * The checkpoint with which the second look begins. It is saved by the first save of that look, which comes before its first write: until then
 * the saved one is that of the first look, which is dirty.
 *
 * @param now wall-clock milliseconds
 */
export function secondLook(first: Checkpoint, now: number): Checkpoint {
  return {
    ...first,
    isSecondLook: true,
    position: undefined,
    partition: undefined,
    dirty: false,
    done: false,
    tries: { count: 1, since: now },
    counters: noCounters(),
    redone: countedBefore(first),
    ...(first.members
      ? { members: first.members.map((member) => ({ ...member, counters: noCounters(), redone: countedBefore(member) })) }
      : {}),
  };
}
