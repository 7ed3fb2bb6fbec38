import { isRunErrorName } from '../../core/errors.ts';
import type { NextStep } from '../../core/run/next-step.ts';
import { log } from './log.ts';
import { measureRun } from './metrics.ts';

/** Writes the decision about a run, or the error by which it failed, to log and metrics. */
export async function tellDecision(
  { table, run }: { table: string; run: string },
  event: 'passSettled' | 'runPrepared',
  decide: () => Promise<NextStep>,
): Promise<NextStep> {
  try {
    const next = await decide();
    log(event, { table, run, decision: next.decision });
    const metric = metricOf[next.decision];
    if (metric) measureRun(table, metric);
    return next;
  } catch (error) {
    const name = error instanceof Error ? error.name : undefined;
    if (isRunErrorName(name)) {
      log('runFailed', { table, run, error: name });
      measureRun(table, 'RunsFailed');
    }
    throw error;
  }
}

const metricOf: Partial<Record<NextStep['decision'], Parameters<typeof measureRun>[1]>> = { wait: 'RunsPaused', succeed: 'RunsSucceeded' };
