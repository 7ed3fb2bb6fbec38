import { isRunErrorName, RunError } from '../errors.ts';
import type { Budget } from '../ledger/budget.ts';
import { type Checkpoint, isFinished, mayHaveZombies } from '../ledger/checkpoint.ts';
import {
  type Control,
  freshConvergence,
  type Lease,
  type Marks,
  requestTimeoutMs,
  type SharedBudget,
  type UndoPart,
} from '../ledger/control.ts';
import { budgetEvent, nextStart, withEvent } from '../ledger/control-event.ts';
import { noCounters } from '../ledger/counters.ts';
import { quietMsFor } from '../ledger/follow.ts';
import { latestAhead } from '../ledger/late-requests.ts';
import type { MaxCost } from '../ledger/limits/max-cost.ts';
import type { PauseAfter } from '../ledger/limits/pause-after.ts';
import { areSameSteps, type Run, type RunStep, takesTable } from '../ledger/run.ts';
import { nextPart, type PartEnding } from '../ledger/run-part.ts';
import { runStatusAfter } from '../ledger/run-status.ts';
import { sequencesOf, togetherAt, worksOf } from '../ledger/sweep.ts';
import { lookingAnew, settledOf, type VersionWork } from '../ledger/versions/version-counters.ts';
import { mapWork, shareAmong } from '../ledger/workers.ts';
import { mayBeSameScope, segmentsWithin, untilIndexShows } from '../transformation/scope-ref.ts';
import type { TableShape } from '../values/table-shape.ts';
import { underFreshLimit } from './control/under-limit.ts';
import { atHours } from './control/within-hours.ts';
import type { RunInput } from './run-input.ts';
import type { AskedCost } from './starting/max-cost-for.ts';
import { groupsOf } from './steps/sweep-groups.ts';
import { isOfOtherTable } from './versions/replaced-table.ts';

/** The lock of a table: who holds it, or who held it last. */
export interface Lock {
  table: string;
  run: string;
  execution: string;
  fence: number;
  /** Set when the run gave the table back. */
  endedAt?: string | undefined;
  /** Set with it: until when a write of that run, which nobody answered, can still be applied, in wall-clock milliseconds. */
  lateUntil?: number | undefined;
  /** The run waits for the follower of the table's stream before it writes. */
  followed?: true | undefined;
}

/** Whoever holds the lock and has not given it back. */
export interface Holder {
  run: Run;
  control: Control;
  /** Of its present pass. */
  checkpoints: readonly Checkpoint[];
  /** By DescribeExecution: running, or redrive pending. */
  alive: boolean;
  /** How its execution ended, by DescribeExecution, if the run does not say so. */
  ending?: PartEnding | undefined;
}

/** What a start wants to run. */
export interface RunRequest {
  id: string;
  execution: string;
  redriveCount: number;
  /** The execution that started this one and waits for it, as its redrive found another deploy. */
  goesOnFor?: string | undefined;
  /** ISO 8601 */
  now: string;
  input: RunInput;
  shape: TableShape;
  /** Undefined if DynamoDB does not tell it. */
  tableId: string | undefined;
  steps: RunStep[];
  /** What the first pass takes back, if the first sequence is taken back by its journal. */
  undoes?: UndoPart | undefined;
  /** What runs before did for a version, if this one goes on with it. */
  workOf?: ((sequence: number) => VersionWork | undefined) | undefined;
  /** The first sequence was reset: what an earlier run did to the table no longer counts. */
  wasReset: boolean;
  totalSegments: number;
  maxConcurrency: number;
  budget: Budget & Pick<SharedBudget, 'others'>;
  /** The hours in which the run may write; undefined for any. */
  onlyBetween?: string | undefined;
  /** What the run may cost; undefined if the start does not say. */
  maxCost?: AskedCost | undefined;
  /** Write units of an average item. */
  itemUnits: number;
  leaseMs: number;
  controlIntervalMs: number;
  /** Days for which journals are kept; undefined if that is not known. */
  journalDays?: number | undefined;
  /** The lease of the follower of the table's stream, in milliseconds; undefined if the table is not followed. */
  followLeaseMs?: number | undefined;
}

/** The run that a start begins or goes on with; `superseded` is closed in the same transaction. */
export interface Taken {
  run: Run;
  control: Control;
  resumed: boolean;
  superseded?: Holder | undefined;
}

/**
 * Decides who gets the table. A holder that lives keeps it; one that ended is taken over. If it was the same run (direction, sequences
 * that are not settled, their code), its unfinished pass goes on; otherwise it is closed and a fresh run begins.
 *
 * @throws RunError TableBusy: when the execution of the holder runs
 */
export function takeTable(planned: RunRequest, lock: Lock | undefined, holder: Holder | undefined): Taken {
  if (holder?.alive) throw tableHeld(planned.input.table, { run: holder.run.id, execution: holder.run.execution });
  const fence = (lock?.fence ?? 0) + 1;
  const now = Date.parse(planned.now);
  // A run that does not take the table writes nothing.
  if (!holder)
    return fresh(planned, fence, { quietMs: 0, lateUntil: takesTable(planned.input) ? latestAhead([lock?.lateUntil], now) : undefined });
  const { lease } = holder.control;
  const zombies = lease.mayHaveZombies || mayHaveZombies(holder.checkpoints) || mayHaveUnseenWorkers(holder);
  const quietMs = lease.leaseMs + requestTimeoutMs;
  if (!isSameRun(planned, holder)) {
    const lateUntil = latestAhead([lease.lateUntil, ...holder.checkpoints.map((checkpoint) => checkpoint.lateUntil)], now);
    const works = isAtSameVersion(planned, holder) ? worksOf(holder.control, holder.checkpoints) : undefined;
    const goingOn = (sequence: number): VersionWork | undefined => {
      const work = works?.get(sequence);
      return work ? lookingAnew(work) : planned.workOf?.(sequence);
    };
    return {
      ...withLimitOf(holder, planned, fresh({ ...planned, workOf: goingOn }, fence, { quietMs: zombies ? quietMs : 0, lateUntil })),
      superseded: holder,
    };
  }

  const status = runStatusAfter('resume', holder.run.status);
  const follower = followerOfContinued(planned, lease);
  const pauseAfter = continuedLimit(planned, holder);
  const maxCost = continuedCost(planned, holder);
  // Its steps from the present one on, with the names that their files have now.
  const going = goesOneByOne(holder) ? planned.steps.map(({ joins: _, ...step }) => step) : planned.steps;
  const steps = [...holder.run.steps.slice(0, holder.control.step), ...going];
  const run: Run = {
    ...holder.run,
    ...nextPart(holder.run, planned.now, planned.redriveCount),
    steps,
    status,
    execution: planned.execution,
    ...(planned.input.oneByOne ? { oneByOne: 'asked' as const } : {}),
    to: namedBy(planned.input),
    startedBy: planned.input.startedBy,
    reason: planned.input.reason,
    endedAt: undefined,
    error: undefined,
  };
  const control: Control = {
    ...holder.control,
    shape: planned.shape,
    file: planned.steps[0]?.file,
    kept: planned.steps[0]?.kept,
    given: planned.steps[0]?.given,
    ...(holder.control.together
      ? {
          together: holder.control.together.map((step, index) => {
            const { file, given } = planned.steps[index + 1] ?? step;
            return { ...step, file, given };
          }),
        }
      : {}),
    fence,
    decision: {
      number: holder.control.decision.number + 1,
      // The frozen preparation is looked at again, as it may be why the run before failed.
      kind:
        latestAhead([lease.quietUntil], now) !== undefined || follower.awaitsFollower
          ? 'quiet'
          : holder.control.prepares
            ? 'prepare'
            : 'transform',
      redriveCount: 0,
    },
    budget: shareAmong({ ...holder.control.budget, ...budgetOf(planned) }, unfinishedOf(holder), mapWork(holder.control)),
    marks: { ...holder.control.marks, ...freshMarks(planned), pauseAfter, maxCost, ...eventsOf(planned, holder) },
    convergence: freshConvergence(holder.control.pass),
    // Same code, same pass: an old worker makes the same compare-and-sets, and only a later sequence must wait for it; or a lower limit of changes.
    lease: {
      ...lease,
      ...follower,
      mayHaveZombies: zombies,
      quietMs: Math.max(zombies && isTighter(pauseAfter, holder) ? quietMs : 0, quietMsFor(follower)),
    },
  };
  return { run, control: atHours(underFreshLimit(control, unfinishedOf(holder)), now), resumed: true };
}

/** What the follower was told already it knows; it is awaited again if that was not over, or if the table is followed since. */
function followerOfContinued({ followLeaseMs }: RunRequest, before: Lease): Pick<Lease, 'followLeaseMs' | 'awaitsFollower'> {
  const awaits = before.awaitsFollower ?? (followLeaseMs !== undefined && before.followLeaseMs === undefined ? true : undefined);
  return { followLeaseMs: followLeaseMs ?? before.followLeaseMs, awaitsFollower: awaits };
}

/**
 * A worker may write as soon as it has read the control, before it has a checkpoint. If the run's error is one of ours, its Map came to
 * its end, and no worker is left.
 */
function mayHaveUnseenWorkers({ run, control, checkpoints }: Holder): boolean {
  return control.decision.kind === 'transform' && checkpoints.length < segmentsIn(run, control) && !isRunErrorName(run.error?.name);
}

/** The segments that will run, among which are those with failed items. */
function unfinishedOf({ run, control, checkpoints }: Holder): number {
  return segmentsIn(run, control) - checkpoints.filter(isFinished).length;
}

function segmentsIn({ totalSegments }: Run, control: Control): number {
  return control.undoes ? control.totalSegments : segmentsWithin(control.scope, totalSegments);
}

/** The version that the holder is at is the first that is asked for, in the same direction and table. */
function isAtSameVersion({ input, steps, tableId, wasReset }: RunRequest, { run, control }: Holder): boolean {
  return (
    !control.ended &&
    !wasReset &&
    !isOfOtherTable(run, tableId) &&
    run.direction === input.direction &&
    control.sequence === steps[0]?.sequence
  );
}

function isSameRun(planned: RunRequest, holder: Holder): boolean {
  const { input, steps } = planned;
  const { run, control } = holder;
  return (
    isAtSameVersion(planned, holder) &&
    areSameSteps(run.steps.slice(control.step), steps) &&
    isSameGroup(planned, holder) &&
    mayBeSameScope(control.scope, steps[0]?.scope) &&
    (input.totalSegments === undefined || input.totalSegments === run.totalSegments)
  );
}

function isSameGroup({ steps }: RunRequest, holder: Holder): boolean {
  const [group = []] = groupsOf(steps);
  return goesOneByOne(holder) || group.length === sequencesOf(holder.control).length;
}

/** A run that sweeps one version after the other goes on like that. */
function goesOneByOne({ run, control }: Holder): boolean {
  return run.oneByOne !== undefined || control.together === undefined;
}

function fresh(planned: RunRequest, fence: number, { quietMs, lateUntil }: Pick<Lease, 'quietMs' | 'lateUntil'>): Taken {
  const {
    id,
    execution,
    now,
    input,
    shape,
    tableId,
    steps,
    undoes,
    workOf = () => undefined,
    totalSegments,
    leaseMs,
    controlIntervalMs,
  } = planned;
  const [step] = steps;
  if (!step) throw new TypeError('a run needs at least one sequence');
  const { seeds: _, by: __, joins: ___, ...first } = step;
  const follower: Pick<Lease, 'followLeaseMs' | 'awaitsFollower'> =
    planned.followLeaseMs !== undefined && takesTable(input) ? { followLeaseMs: planned.followLeaseMs, awaitsFollower: true } : {};
  const waits = { quietMs: Math.max(quietMs, quietMsFor(follower)), lateUntil, quietUntil: lateUntil };
  const lease: Lease = { leaseMs, controlIntervalMs, mayHaveZombies: false, ...waits, ...follower };
  const quietUntil = takesTable(input) ? untilIndexShows(step.scope, lateUntil, Date.parse(now)) : lateUntil;
  const ofPass = undoes?.totalSegments ?? segmentsWithin(step.scope, totalSegments);
  const what = { table: input.table, direction: input.direction, dryRun: input.dryRun, totalSegments };
  const { prepareOnly } = input;
  const status = runStatusAfter('begin', undefined);
  return {
    resumed: false,
    run: {
      id,
      ...what,
      prepareOnly,
      ...(input.again === undefined ? {} : { again: true }),
      ...(input.oneByOne ? { oneByOne: 'asked' as const } : {}),
      ...(namedBy(input) === undefined ? {} : { to: namedBy(input) }),
      tableName: shape.name,
      tableId,
      steps,
      status,
      execution,
      startedAt: now,
      ...(input.startedBy === undefined ? {} : { startedBy: input.startedBy }),
      ...(input.reason === undefined ? {} : { reason: input.reason }),
      part: 1,
      redriveCount: planned.redriveCount,
      counters: noCounters(),
      ...(steps.some(({ journals }) => journals) ? { journalDays: planned.journalDays } : {}),
    },
    control: atHours(
      underFreshLimit(
        {
          run: id,
          ...what,
          totalSegments: ofPass,
          shape,
          ...first,
          ...togetherAt(steps, 0, workOf),
          ...(undoes ? { undoes: { run: undoes.run, pass: undoes.pass } } : {}),
          fence,
          pass: 1,
          step: 0,
          earlier: [],
          decision: {
            number: 1,
            kind: quietUntil !== undefined || lease.awaitsFollower ? 'quiet' : first.prepares ? 'prepare' : 'transform',
            redriveCount: 0,
          },
          budget: shareAmong(budgetOf(planned), ofPass, input.dryRun ? 'reads' : 'writes'),
          marks: freshMarks(planned),
          convergence: freshConvergence(1),
          settled: { run: noCounters(), ...settledOf(workOf(step.sequence)) },
          lease: { ...lease, quietUntil },
          ended: false,
        },
        ofPass,
      ),
      Date.parse(now),
    ),
  };
}

/** Of a run down, its steps say to which version it goes. */
function namedBy({ direction, to }: RunInput): number | undefined {
  return direction === 'up' ? to : undefined;
}

function budgetOf({ input, budget, itemUnits, maxConcurrency }: RunRequest) {
  return { ...budget, itemUnits, maxConcurrency, isConcurrencyAsked: input.maxConcurrency === undefined ? undefined : true };
}

function freshMarks({ input, maxCost, onlyBetween, now }: RunRequest): Marks {
  const { maxFailures, pauseAfter } = input;
  const limit = pauseAfter === undefined ? undefined : { items: pauseAfter, since: now };
  const cost = maxCost && { ...maxCost, since: now };
  return {
    paused: undefined,
    stopped: undefined,
    failures: 0,
    maxFailures,
    pauseAfter: limit,
    maxCost: cost,
    onlyBetween: hoursOf(onlyBetween, input),
  };
}

/** A run that does not take the table writes nothing, at any hour. */
function hoursOf(hours: string | undefined, asked: RunInput): Marks['onlyBetween'] {
  return hours === undefined || !takesTable(asked) ? undefined : { hours };
}

/** A start that goes on with another budget changes it, as an operator does who throttles. */
function eventsOf({ budget, now, input: { startedBy = nextStart } }: RunRequest, { control }: Holder): Pick<Marks, 'events'> {
  const event = budgetEvent(control.budget, budget, { by: startedBy, since: now });
  return event ? { events: withEvent(control.marks.events, event) } : {};
}

/** A redrive that found other code goes on as another run, under the same limits: nobody was asked anew. */
function withLimitOf({ run, control: { marks } }: Holder, { goesOnFor, input }: RunRequest, taken: Taken): Taken {
  if (goesOnFor !== run.execution || run.direction !== input.direction) return taken;
  const pauseAfter = marks.pauseAfter && { ...marks.pauseAfter, run: marks.pauseAfter.run ?? run.id };
  const maxCost = marks.maxCost && { ...marks.maxCost, run: marks.maxCost.run ?? run.id };
  const control = { ...taken.control, marks: { ...taken.control.marks, pauseAfter, maxCost } };
  return { ...taken, control: underFreshLimit(control, control.totalSegments) };
}

/**
 * A run that goes on keeps its limit of changes, and what is used of it: with the same number of items, or with another that is asked for. An
 * execution that goes on for another one was not asked anew: a limit that was set or lifted since stays so.
 */
function continuedLimit({ input: { pauseAfter: items }, now, goesOnFor }: RunRequest, holder: Holder): PauseAfter | undefined {
  const { pauseAfter } = holder.control.marks;
  if (items === undefined || goesOnFor === holder.run.execution) return pauseAfter;
  return { since: now, ...pauseAfter, items };
}

/** The same for its limit of money. */
function continuedCost({ maxCost: asked, now, goesOnFor }: RunRequest, holder: Holder): MaxCost | undefined {
  const { maxCost } = holder.control.marks;
  if (!asked || goesOnFor === holder.run.execution) return maxCost;
  return { since: now, ...(maxCost ? { since: maxCost.since, run: maxCost.run } : {}), ...asked };
}

/** Workers that were left behind know no limit, or a higher one. */
function isTighter(limit: PauseAfter | undefined, { control: { marks } }: Holder): boolean {
  return limit !== undefined && limit.items < (marks.pauseAfter?.items ?? Number.POSITIVE_INFINITY);
}

/** @param why it must wait for that, as a clause */
export function tableHeld(table: string, { run, execution }: Pick<Lock, 'run' | 'execution'>, why = ''): RunError {
  return new RunError(
    'TableBusy',
    `${table} is held by run ${run} (${execution})${why}. Follow it with \`dynamodt status ${table}\`, wait for it, or end it with \`dynamodt stop ${table}\`.`,
    { fields: { table, run, execution } },
  );
}
