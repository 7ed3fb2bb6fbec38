import type { Direction } from '../../transformation/contract.ts';
import { type Checkpoint, countPass, isFinished, type PassCounters } from '../checkpoint.ts';
import type { Control, SettledCounters } from '../control.ts';
import { addCounters, type Counters, noCounters, outcomes } from '../counters.ts';
import type { Version } from './version.ts';

/** What all runs together did for a version, in its present direction. */
export interface VersionWork {
  counters: Counters;
  /** A pass came to the end of the table: what was found unchanged or kept is known. */
  isCovered: boolean;
}

/** Everything that was done counts, in all passes of all runs. */
const summed = ['changed', 'vanished', 'inserted', 'deleted', 'moved', 'throttled', 'readUnits', 'writeUnits'] as const;

/**
 * The work with one more pass. A pass is about items that passes before it have seen, too, so each counter has its own rule:
 *
 * 1. What was done (`changed`, `vanished`, `inserted`, `deleted`, `moved`, requests and units) is summed.
 * 2. `unchanged` and `kept` are items as the version met them: of the first pass that came to the end of the table, without the items that the
 *    version itself had written before.
 * 3. `failed` and `contended` are those of the last pass, which are open still. `differing` is the max of the passes.
 * 4. `scanned` is the sum of the outcomes.
 *
 * @param isWhole the pass came to the end of the table, and no item failed
 */
export function withPass(before: VersionWork | undefined, { items, redone }: PassCounters, isWhole: boolean): VersionWork {
  return add(add(before ?? { counters: noCounters(), isCovered: false }, redone, false), items, isWhole);
}

/** The settled counters with those of a pass that is over. */
export function settledWith(settled: SettledCounters, pass: PassCounters, isWhole: boolean): SettledCounters & { sequence: Counters } {
  const { counters, isCovered } = withPass(workIn(settled), pass, isWhole);
  return { run: addCounters(settled.run, pass.all), sequence: counters, isCovered };
}

/** The settled counters with read units that were consumed beside the passes, as by `prepare`. */
export function withReads({ run, sequence, ...settled }: SettledCounters, readUnits: number): SettledCounters {
  const reads = { readUnits };
  return { ...settled, run: addCounters(run, reads), sequence: readUnits > 0 ? addCounters(sequence ?? noCounters(), reads) : sequence };
}

/** The same of a pass that takes back a part of a journal: each record is in one pass only, so all counters are summed. */
export function settledWithUndo(settled: SettledCounters, pass: PassCounters): SettledCounters & { sequence: Counters } {
  const before = settled.sequence ?? noCounters();
  return { run: addCounters(settled.run, pass.all), sequence: withUndo(before, pass), isCovered: true };
}

function withUndo(before: Counters, { items, redone }: PassCounters): Counters {
  const again = Object.fromEntries(summed.map((name) => [name, redone[name]]));
  const counters = addCounters(addCounters(before, items), again);
  return { ...counters, scanned: outcomes.reduce((sum, outcome) => sum + counters[outcome], 0) };
}

/** As a control keeps it. */
export function settledOf(work: VersionWork | undefined): Omit<SettledCounters, 'run'> {
  return { sequence: work?.counters, isCovered: work?.isCovered };
}

/** What was done for the version that a run is at, with the present pass as far as it is. */
export function workOf(
  { settled, totalSegments, undoes }: Pick<Control, 'settled' | 'totalSegments' | 'undoes'>,
  checkpoints: readonly Checkpoint[],
): VersionWork {
  if (undoes) return { counters: withUndo(settled.sequence ?? noCounters(), countPass(checkpoints)), isCovered: false };
  return withPass(workIn(settled), countPass(checkpoints), isWholePass(totalSegments, checkpoints));
}

/** True if every segment is done, and no item failed. */
export function isWholePass(totalSegments: number, checkpoints: readonly Checkpoint[]): boolean {
  return checkpoints.length === totalSegments && checkpoints.every(isFinished);
}

/**
 * What runs before did for a version that a run begins now, if that goes on with it.
 *
 * @param version as the run finds it
 */
export function carriedOver(version: Version | undefined, direction: Direction): VersionWork | undefined {
  const goesOn = direction === 'up' ? version?.status === 'applying' || version?.status === 'applied' : version?.status === 'rollingBack';
  if (!goesOn || !version?.counters) return undefined;
  // A version that is applied was covered by definition; records of dynamodt 0.1.0 do not say so.
  return lookingAnew({ counters: version.counters, isCovered: version.isCovered ?? version.status === 'applied' });
}

/** The settled counters, as other code goes on. */
export function byOtherCode(settled: SettledCounters): SettledCounters {
  const work = workIn(settled);
  return { run: settled.run, ...settledOf(work && lookingAnew(work)) };
}

/** As it goes on by other code, or in another run. */
export function lookingAnew({ counters, isCovered }: VersionWork): VersionWork {
  return { counters: { ...counters, differing: 0 }, isCovered };
}

function workIn({ sequence, isCovered }: SettledCounters): VersionWork | undefined {
  return sequence && { counters: sequence, isCovered: isCovered ?? false };
}

function add({ counters: before, isCovered }: VersionWork, pass: Counters, isWhole: boolean): VersionWork {
  const counters = { ...before, failed: pass.failed, contended: pass.contended, differing: Math.max(before.differing, pass.differing) };
  for (const name of summed) counters[name] += pass[name];
  if (!isCovered) Object.assign(counters, metItems(pass, before));
  counters.scanned = outcomes.reduce((sum, outcome) => sum + counters[outcome], 0);
  return { counters, isCovered: isCovered || isWhole };
}

/**
 * Items that the version wrote in earlier passes have what the function gives: in this one they are kept (up, as a rule) or unchanged (down). What was
 * kept before the version wrote it is not among them.
 */
function metItems(
  { unchanged, kept }: Counters,
  { changed, deleted, inserted, kept: keptBefore }: Counters,
): Pick<Counters, 'unchanged' | 'kept'> {
  const ours = Math.max(0, changed - deleted + inserted);
  const keptOfOurs = Math.min(Math.max(0, kept - keptBefore), ours);
  return { kept: kept - keptOfOurs, unchanged: Math.max(0, unchanged - (ours - keptOfOurs)) };
}
