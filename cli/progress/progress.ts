import { addCounters, type Counters, sumCounters } from '../../core/ledger/counters.ts';
import type { Observation } from './observe-run.ts';
import { pacingOf, type RunPacing } from './run-pacing.ts';

/** How far a run is. */
export interface Progress {
  sequence: number;
  pass: number;
  segmentsDone: number;
  totalSegments: number;
  /** Items, in this pass. */
  scanned: number;
  /** Of the whole run so far. */
  counters: Counters;
  /** How much of this pass is done, from 0 to 1. */
  share: number;
  itemsPerSecond?: number;
  /** Until the end of this pass. */
  secondsLeft?: number;
  /** While the run is under way. */
  pacing?: RunPacing;
}

/**
 * How far the present pass is.
 *
 * @param itemCount of the table, about; undefined if it is not known
 * @param now milliseconds since 1970
 */
export function progressOf({ run, control, checkpoints }: Observation, itemCount: number | undefined, now = Date.now()): Progress {
  const { sequence, pass, totalSegments } = control;
  const inPass = sumCounters(checkpoints.map(({ counters }) => counters));
  const segmentsDone = checkpoints.filter(({ done }) => done).length;
  const expected = expectedItems(inPass.scanned, segmentsDone / totalSegments, itemCount);
  return {
    sequence,
    pass,
    segmentsDone,
    totalSegments,
    scanned: inPass.scanned,
    counters: countersOf(run.status === 'superseded' || control.ended ? run.counters : undefined, control.settled.run, inPass),
    share: segmentsDone === totalSegments ? 1 : expected ? inPass.scanned / expected : 0,
    ...(run.status === 'running' && !control.ended ? { pacing: pacingOf(control, checkpoints, now) } : {}),
  };
}

/** The same with the pace: how fast it goes, and when the pass ends if that stays so. */
export function withPace(progress: Progress, itemsPerSecond: number | undefined): Progress {
  if (itemsPerSecond === undefined) return progress;
  const { share, scanned } = progress;
  const isTelling = share < 1 && (share >= 0.01 || scanned >= 10_000);
  const left = isTelling && itemsPerSecond > 0 ? ((1 - share) * scanned) / share / itemsPerSecond : undefined;
  return { ...progress, itemsPerSecond: Math.round(itemsPerSecond), ...(left === undefined ? {} : { secondsLeft: Math.round(left) }) };
}

/** DynamoDB's own count, which is hours old, as long as no more items were met; otherwise by the share of segments that are done. */
function expectedItems(scanned: number, shareOfSegments: number, itemCount: number | undefined): number | undefined {
  if (itemCount !== undefined && itemCount >= scanned) return itemCount;
  return shareOfSegments > 0 ? scanned / shareOfSegments : undefined;
}

/** What a settled pass counted is in `settled` already. */
function countersOf(final: Counters | undefined, settled: Counters, inPass: Counters): Counters {
  return final ?? addCounters(settled, inPass);
}
