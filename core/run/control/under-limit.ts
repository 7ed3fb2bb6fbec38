import type { Control } from '../../ledger/control.ts';
import { changesPerSegment, segmentsUnderLimit } from '../../ledger/limits/pause-after.ts';
import type { Verdict } from '../verdict.ts';

/** The verdict with what each worker of its Map may change. @param left of the limit; undefined if there is none */
export function underLimit(verdict: Verdict, left: number | undefined): Verdict {
  const { control } = verdict;
  if (verdict.kind !== 'transform') return verdict;
  if (left === undefined)
    return control.changesPerSegment === undefined ? verdict : { ...verdict, control: { ...control, changesPerSegment: undefined } };
  const segments = segmentsOfMap(control, verdict.segments);
  return { ...verdict, control: { ...control, changesPerSegment: changesPerSegment(left, segments.length) } };
}

/** The same for the first Map of a run, or of a start that goes on with one: some of the limit may be used. */
export function underFreshLimit(control: Control, unfinished: number): Control {
  const { pauseAfter } = control.marks;
  if (!pauseAfter) return control;
  const segments = segmentsOfMap(
    control,
    Array.from({ length: unfinished }, (_, segment) => segment),
  ).length;
  return { ...control, changesPerSegment: changesPerSegment(pauseAfter.items, segments) };
}

/** The segments of the next Map. @param unfinished those of the pass */
export function segmentsOfMap({ marks, budget, totalSegments }: Control, unfinished: readonly number[]): readonly number[] {
  return segmentsUnderLimit(marks.pauseAfter, unfinished, { workers: budget.workers, finished: totalSegments - unfinished.length });
}
