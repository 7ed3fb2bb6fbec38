import type { Counters } from './counters.ts';
import type { Run } from './run.ts';

/**
 * What one start or one redrive did of a run: the run's record as it stood when that part ended. The next part changes the record, and
 * leaves this one for ever.
 */
export type RunPart = Run & { part: number };

/** How a part ended, if the run's record does not say so. */
export type PartEnding = Pick<Run, 'status' | 'endedAt' | 'error'>;

/** Counts the parts from 1. Records of dynamodt 0.1.0 have no number. */
export function numberOf({ part }: Pick<Run, 'part'>): number {
  return part ?? 1;
}

/**
 * The present part of a run, as it is kept when another one begins.
 *
 * @param counters of the run, as far as its checkpoints tell
 * @param ending by Step Functions; undefined if it no longer tells, as the execution was redriven since
 */
export function endedPart(run: Run, counters: Counters, ending: PartEnding | undefined): RunPart {
  const ended = run.status === 'running' ? { ...run, ...(ending ?? unrecorded) } : run;
  return { ...ended, part: numberOf(run), counters };
}

/** The fields of a run with which its next part begins. @param startedAt ISO 8601 */
export function nextPart(run: Run, startedAt: string, redriveCount: number): Pick<Run, 'part' | 'partStartedAt' | 'redriveCount'> {
  return { part: numberOf(run) + 1, partStartedAt: startedAt, redriveCount };
}

/** True if the execution was redriven since the run's present part began. @param before the redrive count of the last decision, for a run from before parts were counted */
export function isRedriven({ redriveCount }: Pick<Run, 'redriveCount'>, now: number, before: number): boolean {
  return now > (redriveCount ?? before);
}

const unrecorded: PartEnding = {
  status: 'failed',
  endedAt: undefined,
  error: {
    name: 'Unrecorded',
    message: 'The execution ended and was redriven before its end was recorded. Its history in Step Functions says how it ended.',
  },
};
