import { RunError } from '../errors.ts';
import { mayHaveZombies } from '../ledger/checkpoint.ts';
import { latestAhead } from '../ledger/late-requests.ts';
import type { Lock } from '../ledger/lock.ts';
import { areSameSteps, takesTable } from '../ledger/run.ts';
import { sequencesOf, worksOf } from '../ledger/sweep.ts';
import { lookingAnew, type VersionWork } from '../ledger/versions/version-counters.ts';
import { mayBeSameScope } from '../transformation/scope-ref.ts';
import { underFreshLimit } from './control/under-limit.ts';
import { groupsOf } from './steps/sweep-groups.ts';
import { continuedRun } from './taking/continued-run.ts';
import { freshRun } from './taking/fresh-run.ts';
import { goesOneByOne, type Holder, mayHaveUnseenWorkers, quietMsAfter } from './taking/holder.ts';
import type { RunRequest, Taken } from './taking/run-request.ts';
import { isOfOtherTable } from './versions/replaced-table.ts';

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
    return freshRun(planned, fence, { quietMs: 0, lateUntil: takesTable(planned.input) ? latestAhead([lock?.lateUntil], now) : undefined });
  const { lease } = holder.control;
  const zombies = lease.mayHaveZombies || mayHaveZombies(holder.checkpoints) || mayHaveUnseenWorkers(holder);
  if (!isSameRun(planned, holder)) {
    const lateUntil = latestAhead([lease.lateUntil, ...holder.checkpoints.map((checkpoint) => checkpoint.lateUntil)], now);
    const works = isAtSameVersion(planned, holder) ? worksOf(holder.control, holder.checkpoints) : undefined;
    const goingOn = (sequence: number): VersionWork | undefined => {
      const work = works?.get(sequence);
      return work ? lookingAnew(work) : planned.workOf?.(sequence);
    };
    return {
      ...withLimitOf(
        holder,
        planned,
        freshRun({ ...planned, workOf: goingOn }, fence, { quietMs: zombies ? quietMsAfter(lease) : 0, lateUntil }),
      ),
      superseded: holder,
    };
  }
  return continuedRun(planned, fence, holder, zombies);
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

/** A redrive that found other code goes on as another run, under the same limits: nobody was asked anew. */
function withLimitOf({ run, control: { marks } }: Holder, { goesOnFor, input }: RunRequest, taken: Taken): Taken {
  if (goesOnFor !== run.execution || run.direction !== input.direction) return taken;
  const pauseAfter = marks.pauseAfter && { ...marks.pauseAfter, run: marks.pauseAfter.run ?? run.id };
  const maxCost = marks.maxCost && { ...marks.maxCost, run: marks.maxCost.run ?? run.id };
  const control = { ...taken.control, marks: { ...taken.control.marks, pauseAfter, maxCost } };
  return { ...taken, control: underFreshLimit(control, control.totalSegments) };
}

/** @param why it must wait for that, as a clause */
export function tableHeld(table: string, { run, execution }: Pick<Lock, 'run' | 'execution'>, why = ''): RunError {
  return new RunError(
    'TableBusy',
    `${table} is held by run ${run} (${execution})${why}. Follow it with \`dynamodt status ${table}\`, wait for it, or end it with \`dynamodt stop ${table}\`.`,
    { fields: { table, run, execution } },
  );
}
