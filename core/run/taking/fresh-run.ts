import { freshConvergence, type Lease, type Marks } from '../../ledger/control.ts';
import { noCounters } from '../../ledger/counters.ts';
import { quietMsFor } from '../../ledger/follow.ts';
import { takesTable } from '../../ledger/run.ts';
import { runStatusAfter } from '../../ledger/run-status.ts';
import { togetherAt } from '../../ledger/sweep.ts';
import { settledOf } from '../../ledger/versions/version-counters.ts';
import { shareAmong } from '../../ledger/workers.ts';
import { segmentsWithin, untilIndexShows } from '../../transformation/scope-ref.ts';
import { underFreshLimit } from '../control/under-limit.ts';
import { atHours } from '../control/within-hours.ts';
import type { RunInput } from '../run-input.ts';
import type { RunRequest, Taken } from './run-request.ts';

/**
 * A run that begins with its first step.
 *
 * @param wait what it waits for: workers of the run that it supersedes, and their requests
 */
export function freshRun(planned: RunRequest, fence: number, wait: Pick<Lease, 'quietMs' | 'lateUntil'>): Taken {
  const { quietMs, lateUntil } = wait;
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
export function namedBy({ direction, to }: RunInput): number | undefined {
  return direction === 'up' ? to : undefined;
}

export function budgetOf({ input, budget, itemUnits, maxConcurrency }: RunRequest) {
  return { ...budget, itemUnits, maxConcurrency, isConcurrencyAsked: input.maxConcurrency === undefined ? undefined : true };
}

export function freshMarks({ input, maxCost, onlyBetween, now }: RunRequest): Marks {
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
