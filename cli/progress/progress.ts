import { countPass } from '../../core/ledger/checkpoint.ts';
import { addCounters, type Counters } from '../../core/ledger/counters.ts';
import type { Observation } from './observe-run.ts';
import { pacingOf, type RunPacing } from './run-pacing.ts';

/** How far a run is. */
export interface Progress {
  sequence: number;
  /** The versions that are swept together with it; left out if it is swept alone. */
  together?: number[];
  pass: number;
  segmentsDone: number;
  totalSegments: number;
  /** Items scanned in this pass. */
  scanned: number;
  /** Counters of the whole run so far. */
  counters: Counters;
  /** The part of this pass that is done, from 0 to 1. */
  share: number;
  itemsPerSecond?: number;
  /** Seconds since the start was asked for; only while a command follows it. */
  secondsElapsed?: number;
  /** Seconds until the end of this pass. */
  secondsLeft?: number;
  /** Only while the run is under way. */
  pacing?: RunPacing;
}

/**
 * Tells how far the present pass is.
 *
 * @param itemCount approximate number of items in the table; undefined if it is not known
 * @param now milliseconds since 1970
 */
export function progressOf({ run, control, checkpoints }: Observation, itemCount: number | undefined, now = Date.now()): Progress {
  const { sequence, pass, totalSegments } = control;
  const { items: inPass, all } = countPass(checkpoints);
  const segmentsDone = checkpoints.filter(({ done }) => done).length;
  // Of a scope the count is not known.
  const expected = expectedItems(inPass.scanned, segmentsDone / totalSegments, control.scope ? undefined : itemCount);
  return {
    sequence,
    ...(control.together?.length ? { together: control.together.map((step) => step.sequence) } : {}),
    pass,
    segmentsDone,
    totalSegments,
    scanned: inPass.scanned,
    counters: countersOf(run.status === 'superseded' || control.ended ? run.counters : undefined, control.settled.run, all),
    share: segmentsDone === totalSegments ? 1 : expected ? inPass.scanned / expected : 0,
    ...(run.status === 'running' && !control.ended ? { pacing: pacingOf(control, checkpoints, now) } : {}),
  };
}

/** Adds the scan rate to the progress, and the time until the end of the pass at that rate. */
export function withPace(progress: Progress, itemsPerSecond: number | undefined): Progress {
  if (itemsPerSecond === undefined) return progress;
  const { share, scanned } = progress;
  const isTelling = share < 1 && (share >= 0.01 || scanned >= 10_000);
  const left = isTelling && itemsPerSecond > 0 ? ((1 - share) * scanned) / share / itemsPerSecond : undefined;
  return { ...progress, itemsPerSecond: Math.round(itemsPerSecond), ...(left === undefined ? {} : { secondsLeft: Math.round(left) }) };
}

/** The number of items in the table: DynamoDB's count, which is hours old, unless more items were scanned; then extrapolated from the finished segments. */
function expectedItems(scanned: number, shareOfSegments: number, itemCount: number | undefined): number | undefined {
  if (itemCount !== undefined && itemCount >= scanned) return itemCount;
  return shareOfSegments > 0 ? scanned / shareOfSegments : undefined;
}

/** Counters of the run. Those of a settled pass are in `settled` already. */
function countersOf(final: Counters | undefined, settled: Counters, inPass: Counters): Counters {
  return final ?? addCounters(settled, inPass);
}
