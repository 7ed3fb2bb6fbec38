import type { RecordedError } from '../errors.ts';
import type { Run } from './run.ts';

/** A start that StartRun refused: it took no table and wrote nothing else. */
export interface RefusedStart
  extends Pick<Run, 'table' | 'direction' | 'dryRun' | 'prepareOnly' | 'again' | 'execution' | 'startedBy' | 'reason'> {
  /** The id of the run that it would have begun. */
  id: string;
  /** Of the execution: a redrive can be refused once more. */
  redriveCount: number;
  /** ISO 8601 */
  at: string;
  error: RecordedError;
}

/** A pipeline can be refused every minute, so that these records are not kept for ever. */
export const daysToKeepRefusals = 365;
