import { errorMeanings, isRunErrorName } from '../errors.ts';
import type { Run } from '../ledger/run.ts';
import { mayChangeRun, type RunChange, type RunStatus, runStatusAfter } from '../ledger/run-status.ts';
import { endingEvents } from './events/decided-events.ts';
import type { TellEvents } from './events/run-event.ts';
import type { RunEnding } from './records/ledger-change.ts';
import { endingChanges } from './records/ledger-changes.ts';
import type { LedgerWrites } from './records/ledger-port.ts';

/** How an execution ended, by DescribeExecution. */
export interface EndedExecution {
  status: 'running' | 'succeeded' | Extract<RunStatus, 'failed' | 'aborted' | 'timedOut'>;
  endedAt: Date | undefined;
  error: string | undefined;
  /** JSON of a function's error, or plain text. */
  cause: string | undefined;
}

export interface RecordFailurePorts {
  ledger: LedgerWrites & { runs(table: string): Promise<Run[]> };
  /** By DescribeExecution; undefined if Step Functions does not know the execution. */
  describeExecution(execution: string): Promise<EndedExecution | undefined>;
  /** Told what was recorded. Left out, nobody is. */
  tell?: TellEvents | undefined;
}

/**
 * Records how the execution of a run ended that could not say so itself.
 *
 * Events about an ended execution come late, repeatedly, out of order, or never, so only what DescribeExecution says now counts. It is
 * written on condition that the execution still holds the run and the run's status is as read; otherwise both are looked at again.
 *
 * @returns what was recorded, by run
 */
export async function recordEndings(
  table: string,
  execution: string,
  { ledger, describeExecution, tell = async () => {} }: RecordFailurePorts,
): Promise<{ run: string; ending: RunEnding }[]> {
  const recorded: { run: string; ending: RunEnding }[] = [];
  for (;;) {
    const runs = (await ledger.runs(table)).filter((run) => run.execution === execution && mayChangeRun('abort', run.status));
    const [run] = runs;
    const ending = run && endingOf(run, await describeExecution(execution));
    if (!run || !ending) return recorded;
    if (!(await ledger.write(endingChanges(run, ending)))) continue;
    recorded.push({ run: run.id, ending });
    await tell(endingEvents(run, ending));
  }
}

/**
 * How a run must be recorded whose execution ended without SettlePass: killed from the console, timed out, or failed in another state.
 *
 * @returns undefined if there is nothing to record: the execution runs again, it succeeded, or the run's end is known already
 */
export function endingOf(run: Run, execution: EndedExecution | undefined): RunEnding | undefined {
  if (run.status !== 'running') return undefined;
  if (!execution)
    return {
      status: runStatusAfter('abort', run.status),
      endedAt: undefined,
      error: { name: 'Aborted', message: 'Step Functions does not know the execution any more.' },
    };
  const { status } = execution;
  if (status === 'running' || status === 'succeeded') return undefined;
  const name = status === 'aborted' ? 'Aborted' : (execution.error ?? 'States.Timeout');
  return {
    status: runStatusAfter(changeBy[status], run.status),
    endedAt: execution.endedAt?.toISOString(),
    error: { name, message: messageOf(name, execution.cause) },
  };
}

const changeBy = { failed: 'failOutside', aborted: 'abort', timedOut: 'timeOut' } as const satisfies Record<string, RunChange>;

/** The message of one of our errors; that of any other might hold item data. */
function messageOf(name: string, cause: string | undefined): string {
  if (name === 'Aborted') return 'The execution was stopped from outside.';
  const elsewhere = 'The history of the execution in Step Functions says more.';
  if (!isRunErrorName(name)) return elsewhere;
  try {
    const { errorMessage } = JSON.parse(cause ?? '') as { errorMessage?: unknown };
    return typeof errorMessage === 'string' ? errorMessage : errorMeanings[name];
  } catch {
    return errorMeanings[name];
  }
}
