import { countOf } from '../../core/count-of.ts';
import { errorMeanings, isRunErrorName } from '../../core/errors.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';

/** How many segments an error ended, that are not finished. */
export interface SegmentFault {
  name: string;
  segments: number;
}

/** What Step Functions says of a Map of which too many segments failed: not by which error. */
const tooManyFailed = 'States.ExceedToleratedFailureThreshold';

/** The errors that ended the segments of a run, the most frequent first. @param error with which the run ended */
export function segmentFaults(error: string | undefined, checkpoints: readonly Checkpoint[]): SegmentFault[] {
  if (error !== tooManyFailed) return [];
  const counts = new Map<string, number>();
  for (const { fault, done } of checkpoints) if (fault && !done) counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
  return [...counts].map(([name, segments]) => ({ name, segments })).sort((a, b) => b.segments - a.segments);
}

/** `JournalMissing ended 1 segment: …`, a sentence. */
export function faultInWords({ name, segments }: SegmentFault): string {
  return `${name} ended ${countOf(segments, 'segment')}${isRunErrorName(name) ? `: ${errorMeanings[name]}` : '.'}`;
}
