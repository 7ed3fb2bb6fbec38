import type { Control, SharedBudget } from './control.ts';

/**
 * Max write units per second of one worker: a scan writes one partition after the other, and a partition takes 1,000.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
 */
export const maxWriteUnitsPerWorker = 500;

/** A part of the budget that is not used, if that saves a worker, which would cost as much as the others and add little. */
const unusedShare = 0.1;

/** Read units a second, 6 MB of items, for which a worker has enough CPU at its default memory, with room for the team's function. */
export const readUnitsPerWorker = 750;

/** Max workers at a time, unless the run's input gives a number. */
export const defaultMaxConcurrency = 40;

/** A worker's share of a budget that is worth a worker, in units a second. */
const minShare = 5;
/** An item should take no more of a worker's share than this, in seconds: requests cannot be smaller than one. */
const minItemsPerSecond = 2;

/** What a Map mostly does: a pass that verifies what the passes before it wrote, and a dry run, only read. */
export type MapWork = 'writes' | 'reads';

/**
 * How many workers transform this number of segments.
 *
 * 1. No more than may run at a time, and than there are segments.
 * 2. A budget that would leave each less than it takes to write a few items a second is spent more evenly, and cheaper, by fewer.
 * 3. If the run's input gives no number: no more than it takes to use nine tenths of the budget. A worker that waits for its share costs as
 *    much as one that works, so the fewest cost the least.
 */
export function workersFor(budget: Omit<SharedBudget, 'workers'>, segments: number, work: MapWork = 'writes'): number {
  const { maxConcurrency, isConcurrencyAsked = false, writeUnits, readUnits, itemUnits = 1 } = budget;
  const worthWriting = Math.floor((writeUnits ?? Number.POSITIVE_INFINITY) / Math.max(minShare, minItemsPerSecond * itemUnits));
  const worthReading = Math.floor((readUnits ?? Number.POSITIVE_INFINITY) / minShare);
  const needed = isConcurrencyAsked ? Number.POSITIVE_INFINITY : workersToUse(budget, work);
  return Math.max(1, Math.min(maxConcurrency, segments, worthWriting, worthReading, needed));
}

/** The fewest workers that use the budget, if nothing else limits them. */
function workersToUse({ writeUnits, readUnits, others = {} }: Omit<SharedBudget, 'workers'>, work: MapWork): number {
  const used = 1 - unusedShare;
  if (work === 'reads') return Math.ceil((used * (readUnits ?? Number.POSITIVE_INFINITY)) / readUnitsPerWorker);
  const elsewhere = Object.values(others).map((other) => other.writeUnits ?? 0);
  return Math.ceil((used * Math.max(writeUnits ?? Number.POSITIVE_INFINITY, ...elsewhere)) / maxWriteUnitsPerWorker);
}

/** What the next Map of a run mostly does. */
export function mapWork({ dryRun, undoes, pass, convergence }: Pick<Control, 'dryRun' | 'undoes' | 'pass' | 'convergence'>): MapWork {
  return dryRun || (!undoes && pass > convergence.firstPass) ? 'reads' : 'writes';
}

/** The budget with the number of workers that it is worth, for a Map over this number of segments. */
export function shareAmong(budget: Omit<SharedBudget, 'workers'>, segments: number, work: MapWork = 'writes'): SharedBudget {
  return { ...budget, workers: workersFor(budget, segments, work) };
}

/** The worker's share of a budget for the whole run, in units a second; Infinity for no limit. */
export function shareOf(budget: number | undefined, workers: number): number {
  return budget === undefined ? Number.POSITIVE_INFINITY : budget / Math.max(1, workers);
}
