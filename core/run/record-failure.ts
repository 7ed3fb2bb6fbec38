import { isRunErrorName } from '../errors.ts';
import type { Run, RunStatus } from '../ledger/run.ts';

/** How an execution ended, by DescribeExecution. */
export interface EndedExecution {
  status: 'running' | 'succeeded' | Extract<RunStatus, 'failed' | 'aborted' | 'timedOut'>;
  endedAt: Date | undefined;
  error: string | undefined;
  /** JSON of a function's error, or plain text. */
  cause: string | undefined;
}

/**
 * How a run must be recorded whose execution ended without saying so: killed from the console, timed out, or failed outside SettlePass.
 * Events about it come late, repeatedly, out of order, or never, so only what DescribeExecution says now counts.
 *
 * @returns undefined where there is nothing to record: it runs again, succeeded, or its end is known already
 */
export function endingOf(run: Run, execution: EndedExecution | undefined): Pick<Run, 'status' | 'endedAt' | 'error'> | undefined {
  if (run.status !== 'running') return undefined;
  if (!execution)
    return {
      status: 'aborted',
      endedAt: undefined,
      error: { name: 'Aborted', message: 'Step Functions does not know the execution any more.' },
    };
  const { status } = execution;
  if (status === 'running' || status === 'succeeded') return undefined;
  const name = status === 'aborted' ? 'Aborted' : (execution.error ?? 'States.Timeout');
  return { status, endedAt: execution.endedAt?.toISOString(), error: { name, message: messageOf(name, execution.cause) } };
}

/** The message of one of our errors; that of any other might hold item data. */
function messageOf(name: string, cause: string | undefined): string {
  if (name === 'Aborted') return 'The execution was stopped from outside.';
  const elsewhere = 'The history of the execution in Step Functions says more.';
  if (!isRunErrorName(name)) return elsewhere;
  try {
    const { errorMessage } = JSON.parse(cause ?? '') as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : elsewhere;
  } catch {
    return elsewhere;
  }
}
