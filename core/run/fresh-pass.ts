import { type Control, type UndoPart, withDecision } from '../ledger/control.ts';
import type { Run } from '../ledger/run.ts';
import { mapWork, shareAmong } from '../ledger/workers.ts';
import { segmentsWithin, untilIndexShows } from '../transformation/scope-ref.ts';
import { scatter } from './map-size.ts';
import type { Verdict } from './verdict.ts';

/**
 * A pass over all segments. If late writes must be waited for, or an index lags behind the table, or its preparation is not there yet, that
 * comes first.
 *
 * @param now wall-clock milliseconds
 * @param ofPart the number of segments, if the pass takes back a part of a journal
 */
export function freshPass(
  run: Run,
  control: Control,
  now: number,
  ofPart?: number,
): Extract<Verdict, { kind: 'transform' | 'prepare' | 'quiet' }> {
  const totalSegments = ofPart ?? segmentsWithin(control.scope, run.totalSegments);
  const quietUntil = control.dryRun ? control.lease.quietUntil : untilIndexShows(control.scope, control.lease.quietUntil, now);
  const passed: Control = {
    ...control,
    totalSegments,
    pass: control.pass + 1,
    convergence: { ...control.convergence, progressBefore: 0, mapsWithoutProgress: 0 },
    lease: { ...control.lease, quietUntil },
  };
  const next: Control = { ...passed, budget: shareAmong(control.budget, totalSegments, mapWork(passed)) };
  if (quietUntil !== undefined || next.lease.awaitsFollower) return { kind: 'quiet', control: withDecision(next, 'quiet') };
  if (control.prepares && !control.preparation) return { kind: 'prepare', control: withDecision(next, 'prepare') };
  return { kind: 'transform', segments: segmentsOf(next), control: withDecision(next, 'transform') };
}

/** A pass over the segments of a part of a journal. Each record is undone once: a second pass could take back what the application wrote since. */
export function undoPass(run: Run, control: Control, { run: of, pass, totalSegments }: UndoPart, now: number) {
  return freshPass(run, { ...control, undoes: { run: of, pass } }, now, totalSegments);
}

/** All segments, scattered: neighbours share partitions. */
export function segmentsOf(control: Pick<Control, 'totalSegments'>): number[] {
  return scatter(control.totalSegments);
}
