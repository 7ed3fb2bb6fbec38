import { type Control, freshConvergence, type Lease, type Marks } from '../../ledger/control.ts';
import { budgetEvent, nextStart, withEvent } from '../../ledger/control-event.ts';
import { quietMsFor } from '../../ledger/follow.ts';
import { latestAhead } from '../../ledger/late-requests.ts';
import type { MaxCost } from '../../ledger/limits/max-cost.ts';
import type { PauseAfter } from '../../ledger/limits/pause-after.ts';
import type { Run } from '../../ledger/run.ts';
import { nextPart } from '../../ledger/run-part.ts';
import { runStatusAfter } from '../../ledger/run-status.ts';
import { mapWork, shareAmong } from '../../ledger/workers.ts';
import { underFreshLimit } from '../control/under-limit.ts';
import { atHours } from '../control/within-hours.ts';
import { budgetOf, freshMarks, namedBy } from './fresh-run.ts';
import { goesOneByOne, type Holder, quietMsAfter, unfinishedOf } from './holder.ts';
import type { RunRequest, Taken } from './run-request.ts';

/**
 * The run that ended before it was done, with its unfinished pass.
 *
 * @param zombies whether workers of it may still write
 */
export function continuedRun(planned: RunRequest, fence: number, holder: Holder, zombies: boolean): Taken {
  const now = Date.parse(planned.now);
  const { lease } = holder.control;
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
      quietMs: Math.max(zombies && isTighter(pauseAfter, holder) ? quietMsAfter(lease) : 0, quietMsFor(follower)),
    },
  };
  return { run, control: atHours(underFreshLimit(control, unfinishedOf(holder)), now), resumed: true };
}

/** What the follower was told already it knows; it is awaited again if that was not over, or if the table is followed since. */
function followerOfContinued({ followLeaseMs }: RunRequest, before: Lease): Pick<Lease, 'followLeaseMs' | 'awaitsFollower'> {
  const awaits = before.awaitsFollower ?? (followLeaseMs !== undefined && before.followLeaseMs === undefined ? true : undefined);
  return { followLeaseMs: followLeaseMs ?? before.followLeaseMs, awaitsFollower: awaits };
}

/** A start that goes on with another budget changes it, as an operator does who throttles. */
function eventsOf({ budget, now, input: { startedBy = nextStart } }: RunRequest, { control }: Holder): Pick<Marks, 'events'> {
  const event = budgetEvent(control.budget, budget, { by: startedBy, since: now });
  return event ? { events: withEvent(control.marks.events, event) } : {};
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
