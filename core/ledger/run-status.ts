export const runStatuses = ['running', 'succeeded', 'failed', 'stopped', 'aborted', 'timedOut', 'superseded'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** A run that has not succeeded can go on in a redrive or a new start: its end may not be recorded yet, or is recorded already. */
const canGoOn = ['running', 'failed', 'stopped', 'aborted', 'timedOut'] as const satisfies RunStatus[];

/**
 * The allowed changes of a run's status; `undefined` stands for no record. Every change is written on condition that the status is still
 * the one it was decided on. `succeeded` and `superseded` are final.
 */
export const runChanges = {
  /** (none) → running: StartRun takes the table; a dry run and a run that only prepares begin without it. */
  begin: { from: [undefined], to: 'running' },
  /** running → running: a start goes on with a run whose end was not recorded. failed, stopped, aborted, timedOut → running: whose end was. */
  resume: { from: canGoOn, to: 'running' },
  /** running → running: SettlePass or Prepare decided on more work. failed, stopped, aborted, timedOut → running: the same, in a redrive. */
  goOn: { from: canGoOn, to: 'running' },
  /** running → succeeded: its last sequence is settled. failed, stopped, aborted, timedOut → succeeded: a redrive found nothing left to do. */
  succeed: { from: canGoOn, to: 'succeeded' },
  /** running → failed: SettlePass or Prepare threw. failed, stopped, aborted, timedOut → failed: the first decision of a redrive did. */
  fail: { from: canGoOn, to: 'failed' },
  /** running → stopped: SettlePass or Prepare threw Stopped. failed, stopped, aborted, timedOut → stopped: the first decision of a redrive did. */
  stop: { from: canGoOn, to: 'stopped' },
  /** running → failed: its execution failed outside SettlePass and Prepare, as record-failure found. */
  failOutside: { from: ['running'], to: 'failed' },
  /** running → aborted: its execution was stopped from outside or is unknown to Step Functions, as record-failure found. */
  abort: { from: ['running'], to: 'aborted' },
  /** running → timedOut: its execution timed out, as record-failure found. */
  timeOut: { from: ['running'], to: 'timedOut' },
  /** running, failed, stopped, aborted, timedOut → superseded: another run took the table. */
  supersede: { from: canGoOn, to: 'superseded' },
} as const satisfies Record<string, { from: readonly (RunStatus | undefined)[]; to: RunStatus }>;
export type RunChange = keyof typeof runChanges;

export function mayChangeRun(change: RunChange, before: RunStatus | undefined): boolean {
  return runChanges[change].from.some((status) => status === before);
}

/**
 * The status of a run after a change.
 *
 * @throws TypeError: when the change is not allowed from this status, which the caller must have refused before
 */
export function runStatusAfter<Change extends RunChange>(change: Change, before: RunStatus | undefined): (typeof runChanges)[Change]['to'] {
  if (!mayChangeRun(change, before)) throw new TypeError(`a run that is ${before ?? 'not in the ledger'} cannot ${change}`);
  return runChanges[change].to;
}
