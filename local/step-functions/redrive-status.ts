import type { Execution } from './execution.ts';
import { maxEvents } from './limits.ts';

const day = 24 * 60 * 60 * 1000;
/** Max milliseconds from the end of an execution to its redrive, and from its start to its last end. */
const redrivablePeriod = 14 * day;
const maxExecutionTime = 365 * day;

/** Tells if an execution can be redriven, and by what, or the reason why not: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
export interface RedriveStatus {
  status: 'REDRIVABLE' | 'NOT_REDRIVABLE' | 'REDRIVABLE_BY_MAP_RUN';
  reason?: string;
}

export function redriveStatus(execution: Execution): RedriveStatus {
  const reason = obstacle(execution);
  if (reason) return { status: 'NOT_REDRIVABLE', reason };
  return { status: execution.mapRunArn ? 'REDRIVABLE_BY_MAP_RUN' : 'REDRIVABLE' };
}

/** The reason, in the words of AWS. */
function obstacle({ status, history, startDate, stopDate = Date.now() }: Execution): string | undefined {
  if (status === 'RUNNING' || status === 'SUCCEEDED' || status === 'PENDING_REDRIVE')
    return `Execution is ${status} and cannot be redriven`;
  // The history needs room for the event of the redrive, and one more.
  if (history.events.length >= maxEvents - 1) return 'Execution history event limit exceeded';
  if (Date.now() - startDate > maxExecutionTime) return 'Execution has exceeded the max execution time';
  if (Date.now() - stopDate > redrivablePeriod) return 'Execution redrivable period exceeded';
  return undefined;
}
