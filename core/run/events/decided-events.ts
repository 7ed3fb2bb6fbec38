import { errorMeanings, isRunErrorName, type RunError } from '../../errors.ts';
import { countPass } from '../../ledger/checkpoint.ts';
import type { Control } from '../../ledger/control.ts';
import { addCounters, type Counters, noCounters } from '../../ledger/counters.ts';
import { isHours } from '../../ledger/limits/hours.ts';
import { isPausedByCost, isPausedByItems, isPausedByLimit } from '../../ledger/limits/pause-after.ts';
import { holdersOf, isAlarm, type Pause } from '../../ledger/pause.ts';
import type { RefusedStart } from '../../ledger/refused-start.ts';
import { type Run, takesTable } from '../../ledger/run.ts';
import { isRedriven, numberOf } from '../../ledger/run-part.ts';
import { sequencesOf } from '../../ledger/sweep.ts';
import type { Version } from '../../ledger/versions/version.ts';
import type { RunEnding, VerdictRead } from '../records/ledger-change.ts';
import { commandToUndo } from '../run-commands.ts';
import type { SettledSequence, Verdict } from '../verdict.ts';
import { told, type UntoldEvent } from './event-text.ts';
import type { RunEvent } from './run-event.ts';

/** What a start that took its table, or began a run without, tells: also if it is repeated. */
export function startEvents(run: Run, control: Control): RunEvent[] {
  const waits = control.decision.kind === 'wait' ? resting(run, control) : [];
  return [begun(run, control), ...waits, ...waitingForLate(run, control)].map(told);
}

export function refusalEvents(refused: RefusedStart): RunEvent[] {
  const { id, execution, redriveCount, table, direction, dryRun, prepareOnly, error, startedBy, reason } = refused;
  const of = named({ id, execution, table, direction, dryRun, prepareOnly });
  return [
    told({
      ...of,
      kind: 'startRefused',
      id: `${id}:${redriveCount}:startRefused`,
      ...(error.sequence === undefined ? {} : { sequence: error.sequence }),
      error: publicError(error.name),
      ...starterOf({ startedBy, reason }),
    }),
  ];
}

/** What a decision of SettlePass or Prepare tells. */
export function decisionEvents(verdict: Verdict, { run, control: before }: Pick<VerdictRead, 'run' | 'control'>): RunEvent[] {
  const { control } = verdict;
  const { redriveCount } = control.decision;
  const events: UntoldEvent[] = [];
  const isRedrive = isRedriven(run, redriveCount, before.decision.redriveCount);
  if (isRedrive) events.push(begun({ ...run, part: numberOf(run) + 1 }, control));
  if (verdict.kind !== 'wait' && before.decision.kind === 'wait') events.push(resumed(run, control));
  const settled = 'settledSequence' in verdict && verdict.settledSequence ? [verdict.settledSequence] : [];
  const alike = [...(verdict.settledTogether ?? []), ...(verdict.settledToo ?? [])];
  if (takesTable(run)) events.push(...[...settled, ...alike].map((each) => versionSettled(run, each)));
  if (verdict.kind === 'wait') events.push(...resting(run, control));
  const isTold = before.decision.kind === 'quiet' && before.lease.quietUntil === control.lease.quietUntil && !isRedrive;
  if (!isTold) events.push(...waitingForLate(run, control));
  if (verdict.kind === 'succeed') events.push(succeeded(run, control));
  return events.map(told);
}

/**
 * What a decision tells that was recorded before, by an invocation that is repeated now: as far as the records still say so. The ids are those of
 * the first time.
 */
export function repeatedEvents(run: Run, control: Control, versions: readonly Version[]): RunEvent[] {
  const { kind } = control.decision;
  const events = control.decision.resumed ? [resumed(run, control)] : [];
  events.push(...lastSettled(run, versions).map((version) => versionSettled(run, version)));
  if (kind === 'wait') events.push(...resting(run, control));
  events.push(...waitingForLate(run, control));
  if (kind === 'succeed') events.push(succeeded(run, control));
  return events.map(told);
}

/** What SettlePass or Prepare tells if it fails the run. */
export function failureEvents(
  { run, control, checkpoints }: Pick<VerdictRead, 'run' | 'control' | 'checkpoints'>,
  { name, fields }: RunError,
  redriveCount: number,
): RunEvent[] {
  const { marks, decision, settled } = control;
  // Of several that are swept together, the error names the one that is to blame.
  const { sequence = control.sequence } = fields;
  const counters = addCounters(settled.run, countPass(checkpoints).all);
  const of = (kind: string) => ({ ...named(run), id: `${run.id}:${decision.number}.${redriveCount}:${kind}`, counters });
  const { by, since } = marks.stopped ?? {};
  if (name === 'Stopped') return [told({ ...of('runStopped'), ...inPass(control), kind: 'runStopped', ...whoAndWhen({ by, since }) })];
  return [told({ ...of('runFailed'), sequence, kind: 'runFailed', status: 'failed', error: publicError(name) })];
}

/** What is told of a run whose execution ended without a decision. */
export function endingEvents(run: Run, { status, error }: RunEnding): RunEvent[] {
  return [
    told({
      ...named(run),
      kind: 'runFailed',
      id: `${run.id}:${numberOf(run)}:runFailed`,
      status,
      error: publicError(error.name),
    }),
  ];
}

type Limits = { writeUnits?: number | 'unlimited' | undefined; readUnits?: number | 'unlimited' | undefined };

/**
 * What is told of a budget that somebody changed.
 *
 * @param read the control before
 * @param since ISO 8601
 */
export function budgetEvents(
  read: Control,
  execution: string,
  { writeUnits, readUnits }: Limits,
  { by, since }: { by: string; since: string },
): RunEvent[] {
  const { run: id, table, direction, dryRun, budget } = read;
  const change = (from: number | undefined, to: number | 'unlimited') => ({ from: from ?? ('unlimited' as const), to });
  return [
    told({
      ...named({ id, execution, table, direction, dryRun, prepareOnly: false }),
      kind: 'budgetChanged',
      id: `${id}:${since}:budgetChanged`,
      ...inPass(read),
      by,
      ...(writeUnits === undefined ? {} : { writeUnits: change(budget.writeUnits, writeUnits) }),
      ...(readUnits === undefined ? {} : { readUnits: change(budget.readUnits, readUnits) }),
    }),
  ];
}

type Named = Pick<Run, 'id' | 'execution' | 'table' | 'direction' | 'dryRun' | 'prepareOnly'>;

function named({ id, execution, table, direction, dryRun, prepareOnly }: Named) {
  return {
    run: id,
    execution,
    table,
    direction,
    ...(dryRun ? { dryRun } : {}),
    ...(prepareOnly ? { prepareOnly } : {}),
  };
}

/** The versions of the present pass. */
function inPass(control: Control) {
  const { sequence } = control;
  const together = sequencesOf(control).slice(1);
  return { sequence, ...(together.length > 0 ? { together } : {}) };
}

function begun(run: Run, { step }: Pick<Control, 'step'>): UntoldEvent {
  const part = numberOf(run);
  const of = { ...named(run), sequences: run.steps.slice(step).map(({ sequence }) => sequence), ...starterOf(run) };
  return part === 1
    ? { ...of, kind: 'runStarted', id: `${run.id}:1:runStarted` }
    : { ...of, kind: 'runContinued', id: `${run.id}:${part}:runContinued`, part };
}

function resumed(run: Run, control: Control): UntoldEvent {
  const { by, at: since } = control.marks.events?.findLast(({ kind }) => kind === 'resumed') ?? {};
  return { ...decided(run, control, 'runResumed'), kind: 'runResumed', ...inPass(control), ...whoAndWhen({ by, since }) };
}

/** A run at its limit of changes or of money is paused, and waits for an approval. Nothing is told if the pause was lifted since. */
function resting(run: Run, control: Control): UntoldEvent[] {
  const { paused, pauseAfter, maxCost } = control.marks;
  if (!paused) return [];
  const { by, since } = paused;
  const holders = holdersOf(paused).map((holder) => holder.by);
  const pause: UntoldEvent = {
    ...decided(run, control, 'runPaused'),
    kind: 'runPaused',
    ...inPass(control),
    why: whyOf(paused),
    by,
    since,
    holders,
  };
  if (!isPausedByLimit(paused)) return [pause];
  const limit = {
    ...(pauseAfter && isPausedByItems(paused) ? { changes: pauseAfter.items } : {}),
    ...(maxCost && isPausedByCost(paused) ? { cost: { amount: maxCost.amount, currency: maxCost.currency } } : {}),
  };
  return [
    pause,
    {
      ...decided(run, control, 'runWaiting'),
      kind: 'runWaiting',
      ...inPass(control),
      for: 'approval',
      ...limit,
      undoneBy: commandToUndo(run),
    },
  ];
}

function whyOf(pause: Pause): 'person' | 'alarm' | 'limit' | 'hours' {
  if (isHours(pause)) return 'hours';
  if (isPausedByLimit({ by: pause.by, since: pause.since })) return 'limit';
  return isAlarm(pause.by) ? 'alarm' : 'person';
}

/**
 * Named by the time until which the run waits, since the decision is taken anew every few seconds. The seconds for which it waits for the lease of a
 * follower or of old workers are not told.
 */
function waitingForLate(run: Run, control: Control): UntoldEvent[] {
  const { lease, decision } = control;
  if (decision.kind !== 'quiet' || lease.quietUntil === undefined) return [];
  const until = new Date(lease.quietUntil).toISOString();
  return [{ ...named(run), kind: 'runWaiting', id: `${run.id}:${until}:runWaiting`, ...inPass(control), for: 'lateRequests', until }];
}

/** A run settles each of its versions once. */
function versionSettled(
  run: Run,
  { sequence, counters = noCounters() }: Pick<SettledSequence, 'sequence'> & { counters?: Counters | undefined },
): UntoldEvent {
  const kind = run.direction === 'up' ? 'versionApplied' : 'versionRolledBack';
  return { ...named(run), kind, id: `${run.id}:v${sequence}:${kind}`, sequence, counters };
}

function succeeded(run: Run, control: Control): UntoldEvent {
  const sequences = run.steps.map(({ sequence }) => sequence);
  return { ...decided(run, control, 'runSucceeded'), kind: 'runSucceeded', sequences, counters: control.settled.run };
}

function decided(run: Run, { decision }: Control, kind: string) {
  return { ...named(run), id: `${run.id}:${decision.number}.${decision.redriveCount}:${kind}` };
}

/** Those that the run settled last: one decision gives all of them the same time. */
function lastSettled(run: Run, versions: readonly Version[]): Version[] {
  const status = run.direction === 'up' ? 'applied' : 'rolledBack';
  const own = takesTable(run) ? versions.filter((version) => version.run === run.id && version.status === status) : [];
  const last = own
    .map(({ at }) => at)
    .sort()
    .at(-1);
  return own.filter(({ at }) => at === last);
}

function starterOf({ startedBy, reason }: Pick<Run, 'startedBy' | 'reason'>) {
  return { ...(startedBy === undefined ? {} : { startedBy }), ...(reason === undefined ? {} : { reason }) };
}

function whoAndWhen({ by, since }: { by?: string | undefined; since?: string | undefined } = {}) {
  return { ...(by === undefined ? {} : { by }), ...(since === undefined ? {} : { since }) };
}

/** Names that Step Functions and Lambda give. Any other name was given by code of the team, which can make it of an item. */
const namesOfAws = /^(States|Lambda|Sandbox|Runtime)\.[A-Za-z]+$/;

function publicError(name: string): { name: string; meaning: string } {
  if (isRunErrorName(name)) return { name, meaning: errorMeanings[name] };
  if (name === 'Aborted') return { name, meaning: 'The execution was stopped from outside.' };
  const meaning = 'The execution ended by an error that is none of dynamodt. Its history in Step Functions says more.';
  return { name: namesOfAws.test(name) ? name : 'OtherError', meaning };
}
