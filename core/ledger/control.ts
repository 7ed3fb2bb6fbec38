import type { Direction } from '../transformation/contract.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { BudgetSource } from './budget.ts';
import type { Counters } from './counters.ts';
import type { PreparationRef } from './preparation.ts';

/** What governs the workers of a run: small, read by each of them every few seconds. */
export interface Control {
  run: string;
  table: string;
  shape: TableShape;
  direction: Direction;
  dryRun: boolean;
  /** Rises at takeover, new sequence, new code and redrive: whoever knows a lower one is a zombie. */
  fence: number;
  /** The number of decisions taken for this run; the next decision carries it. */
  attempt: number;
  /** The redrive count of the execution when the last decision was taken. */
  redriveCount: number;
  /** What the last decision was: a retried invocation returns it again. */
  decision: 'prepare' | 'transform' | 'wait' | 'succeed';
  /** Counts sweeps over the whole run. */
  pass: number;
  /** The pass with which the present sequence began. */
  firstPassOfSequence: number;
  /** Index in the run's steps. */
  step: number;
  sequence: number;
  /** The only code by which this pass may be made. */
  checksum: string;
  /** The present sequence's file exports `prepare`. */
  prepares: boolean;
  /** Frozen for the present sequence; undefined where it needs none, or until the state Prepare has it. */
  preparation?: PreparationRef | undefined;
  /** In a dry run: the sequences whose result each item is given in memory before the present one is tried. */
  earlier: { sequence: number; checksum: string; preparation?: PreparationRef | undefined }[];
  totalSegments: number;
  maxConcurrency: number;
  /** Workers that share the budget: as many as the Map may run, and fewer when its last segments are under way. */
  workers: number;
  /** Units a second for the whole run; undefined for no limit; and why. */
  writeUnits?: number | undefined;
  readUnits?: number | undefined;
  writeUnitsSource?: BudgetSource | undefined;
  readUnitsSource?: BudgetSource | undefined;
  /** When somebody last looked how many are left, in wall-clock milliseconds. */
  sharedAt?: number | undefined;
  /** Write units of an average item, as the table says. */
  itemUnits?: number | undefined;
  leaseMs: number;
  controlIntervalMs: number;
  maxFailures: number;
  /** Failed items of this run, at least. */
  failures: number;
  /** Finished segments and scanned items of this pass when the last Map began, and how many Maps brought no more. */
  progressBefore: number;
  mapsWithoutProgress: number;
  /** What the pass before this one changed in the same sequence; undefined in the first. */
  changedBefore?: number | undefined;
  /** Counters of all settled passes of the run, and of the present sequence. */
  settled: Counters;
  sequenceCounters?: Counters | undefined;
  paused?: { by: string; since: string } | undefined;
  stopped?: { by: string; since: string; redriveCount: number } | undefined;
  /** Of the execution that waits while the run is paused. */
  taskToken?: string | undefined;
  /** A worker may have been left behind that still could write. */
  mayHaveZombies: boolean;
  /** Milliseconds to wait before the last decision takes effect, until no such worker's lease can hold any more. */
  quietMs: number;
  /** Set when the run is over: nothing may be written any more. */
  ended: boolean;
}

/** A worker's share of a budget that is worth a worker, in units a second. */
const minShare = 5;
/** An item should take no more of a worker's share than this, in seconds: requests cannot be smaller than one. */
const minItemsPerSecond = 2;

/**
 * How many workers transform so many segments. A budget that would leave each less than it takes to write a few items a second is
 * spent more evenly, and cheaper, by fewer.
 */
export function workersFor(
  { maxConcurrency, writeUnits, readUnits, itemUnits = 1 }: Pick<Control, 'maxConcurrency' | 'writeUnits' | 'readUnits' | 'itemUnits'>,
  segments: number,
): number {
  const worthWriting = Math.floor((writeUnits ?? Number.POSITIVE_INFINITY) / Math.max(minShare, minItemsPerSecond * itemUnits));
  const worthReading = Math.floor((readUnits ?? Number.POSITIVE_INFINITY) / minShare);
  return Math.max(1, Math.min(maxConcurrency, segments, worthWriting, worthReading));
}

/** The worker's share of a budget for the whole run, in units a second; Infinity for no limit. */
export function shareOf(budget: number | undefined, workers: number): number {
  return budget === undefined ? Number.POSITIVE_INFINITY : budget / Math.max(1, workers);
}

/** How long a request of a worker may take: one that was sent within the lease is answered, or dead, so much later. */
export const requestTimeoutMs = 5000;

/** Strongly consistent reads of one control record, by all workers together. */
const maxControlReadsPerSecond = 1000;

/**
 * How often a worker reads its control, and how long that lets it write, in milliseconds: with many workers more seldom, and longer.
 *
 * @param least as configured
 */
export function controlTimes(
  workers: number,
  least: { controlIntervalMs: number; leaseMs: number },
): { controlIntervalMs: number; leaseMs: number } {
  const controlIntervalMs = Math.max(least.controlIntervalMs, (workers / maxControlReadsPerSecond) * 1000);
  return { controlIntervalMs, leaseMs: Math.max(least.leaseMs, 3 * controlIntervalMs) };
}
