import { holdersOf, type Pause } from '../pause.ts';

/** A limit of changed items, at which a run pauses itself. */
export interface PauseAfter {
  /** Counted over all versions and passes of the run since the limit was set. */
  items: number;
  /** When it was set, ISO 8601. It tells the limits of a run apart: each counts anew. */
  since: string;
  /** The run before whose claims count, too: a redrive went on with this one. Undefined for the run itself. */
  run?: string | undefined;
}

/** By whom a run is paused that reached its limit: `pauseAfter 100`. */
export function pausedByLimit({ items }: Pick<PauseAfter, 'items'>): string {
  return `${byLimit}${items}`;
}

/** The same for its limit of money: `maxCost 50 USD`. */
export function pausedByCost({ amount, currency }: { amount: number; currency: string }): string {
  return `${byCost}${amount} ${currency}`;
}

const byLimit = 'pauseAfter ';
const byCost = 'maxCost ';

/** True if the run paused itself at a limit of changes or of money, whoever else holds the pause. */
export function isPausedByLimit(pause: Pause | undefined): boolean {
  return isPausedByItems(pause) || isPausedByCost(pause);
}

/** The same for its limit of changes only. */
export function isPausedByItems(pause: Pause | undefined): boolean {
  return isPausedBy(pause, byLimit);
}

/** The same for its limit of money only. */
export function isPausedByCost(pause: Pause | undefined): boolean {
  return isPausedBy(pause, byCost);
}

function isPausedBy(pause: Pause | undefined, limit: string): boolean {
  return holdersOf(pause).some(({ by }) => by.startsWith(limit));
}

/**
 * The segments of the next Map under a limit: the first of them, and one more for each segment that has found its end already. Otherwise a limit of
 * a hundred would start a worker for each of ten thousand segments, of which a hundred find something to claim.
 */
export function segmentsUnderLimit(
  limit: PauseAfter | undefined,
  unfinished: readonly number[],
  { workers, finished }: { workers: number; finished: number },
): readonly number[] {
  return limit ? unfinished.slice(0, Math.max(limit.items, workers, finished)) : unfinished;
}

/** How many items a worker may change before it leaves the segment to a later Map: so the changes spread over the table. */
export function changesPerSegment(left: number, segments: number): number {
  return Math.max(1, Math.ceil(left / Math.max(1, segments)));
}

/** A worker asks for this share of what a worker would get if all had the same. */
const lotsPerWorker = 4;
/** More would be lost with a worker that is killed, and not save a noticeable number of requests. */
const maxLot = 200;

/** How many changes a worker claims at a time: fewer as fewer are left, so that the last ones are not in the hands of workers that need none. */
export function lotOf({ left, workers, ofSegment }: { left: number; workers: number; ofSegment: number }): number {
  return Math.max(1, Math.min(maxLot, ofSegment, Math.floor(left / (lotsPerWorker * Math.max(1, workers)))));
}
