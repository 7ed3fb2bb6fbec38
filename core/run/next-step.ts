import { isFinished } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import type { Counters } from '../ledger/counters.ts';
import type { Run } from '../ledger/run.ts';
import type { Direction } from '../transformation/contract.ts';
import { segmentsOfMap } from './control/under-limit.ts';
import { secondsToWait } from './control/within-hours.ts';
import { segmentsOf } from './fresh-pass.ts';
import type { LedgerReads } from './records/ledger-port.ts';

interface MapSettings {
  /** As many as share the budget. */
  maxConcurrency: number;
  toleratedFailurePercentage: number;
  segments: number[];
}

/** A circuit breaker for broken infrastructure: with more failed segments than this the Map fails. */
const toleratedFailurePercentage = 10;

/** What StartRun, Prepare and SettlePass hand to the state machine. */
export type NextStep =
  | { decision: 'nothingToDo'; table: string; direction: Direction; sequences: number[] }
  /** The Map runs over `segments`; the decision after it names this one by its number. */
  | ({ decision: 'transform'; table: string; run: string; pass: number; decisionNumber: number } & MapSettings)
  /** The state Prepare freezes a preparation; the decision after it names this one by its number. */
  | { decision: 'prepare'; table: string; run: string; pass: number; decisionNumber: number }
  /** The execution waits until the run is resumed, and for no more than this number of seconds. */
  | { decision: 'wait'; table: string; run: string; pass: number; decisionNumber: number; waitSeconds: number }
  /** The execution waits this number of seconds, then asks SettlePass again. */
  | { decision: 'quiet'; table: string; run: string; pass: number; decisionNumber: number; waitSeconds: number }
  | { decision: 'succeed'; table: string; run: string; direction: Direction; sequences: number[]; counters: Counters };

/**
 * The last decision of a run, as the state machine takes it: also for an invocation that is repeated after it was taken.
 *
 * @param now wall-clock milliseconds
 * @param decided the segments of a decision that was just taken; a repeated invocation reads which are unfinished now
 */
export async function nextStepOf(run: Run, control: Control, ledger: LedgerReads, now: number, decided?: number[]): Promise<NextStep> {
  const { pass, budget, decision } = control;
  const named = { table: run.table, run: run.id };
  if (decision.kind === 'succeed')
    return {
      decision: 'succeed',
      ...named,
      direction: run.direction,
      sequences: run.steps.map(({ sequence }) => sequence),
      counters: control.settled.run,
    };
  const numbered = { ...named, pass, decisionNumber: decision.number };
  if (decision.kind === 'quiet')
    return { decision: 'quiet', ...numbered, waitSeconds: waitSecondsUntil(control.lease.quietUntil ?? now, now) };
  if (decision.kind === 'wait') return { decision: 'wait', ...numbered, waitSeconds: secondsToWait(control, now) };
  if (decision.kind !== 'transform') return { decision: decision.kind, ...numbered };
  const segments = [...segmentsOfMap(control, decided ?? (await unfinished(run, control, ledger)))];
  return { decision: 'transform', ...numbered, maxConcurrency: budget.workers, toleratedFailurePercentage, segments };
}

/** Short enough for a pause or a stop to take effect soon. */
const maxWaitSeconds = 20;

function waitSecondsUntil(until: number, now: number): number {
  return Math.min(maxWaitSeconds, Math.max(1, Math.ceil((until - now) / 1000)));
}

async function unfinished({ id }: Run, control: Control, ledger: LedgerReads): Promise<number[]> {
  const checkpoints = await ledger.checkpoints(id, control.pass);
  return segmentsOf(control).filter((segment) => !isFinished(checkpoints.get(segment)));
}
