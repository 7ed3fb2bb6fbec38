import { countOf } from '../count-of.ts';
import { RunError } from '../errors.ts';
import { grouped } from '../grouped.ts';
import { countMember, countPass, isFinished } from '../ledger/checkpoint.ts';
import { type Control, freshConvergence, maxPassesPerSequence, passesOf, withDecision } from '../ledger/control.ts';
import { addCounters, type Counters } from '../ledger/counters.ts';
import type { Run } from '../ledger/run.ts';
import { summarizePass } from '../ledger/settled-pass.ts';
import { byOtherCodes, codeOfPass, sequencesOf, withSettledPass } from '../ledger/sweep.ts';
import { versionList } from '../ledger/versions/version-list.ts';
import { mapWork, shareAmong } from '../ledger/workers.ts';
import { beforeOthersWrite, currentControl, renewedMembers } from './current-control.ts';
import { freshPass, segmentsOf, undoPass } from './fresh-pass.ts';
import { type NotLeft, whyNotLeft } from './left-to-follower.ts';
import { commandToGoOn } from './run-commands.ts';
import { afterSettledSequence } from './settled-sequence.ts';
import { olderPart } from './undo-by-journal.ts';
import type { PassState, Verdict } from './verdict.ts';

const maxMapsWithoutProgress = 3;
/** A pass that still changes this share of what the one before it changed does not converge. */
const convergingShare = 0.9;
/** If the table is followed, a pass can meet items that old code wrote in the last second. With so few of them, one of the next passes can meet none. */
const maxMetByChance = 10;

/**
 * The gate behind each Map: decides from the checkpoints what comes next.
 *
 * 1. Stopped, or other code: the run fails, unless this is a redrive. A redrive clears the stop, resets the bounds, and adopts new code
 *    with a fresh pass.
 * 2. Paused: wait. If a write of before, which nobody answered, can still be applied: wait, too; also if it is the follower's.
 * 3. A preparation that the sequence needs is not there yet: gather it first.
 * 4. The versions of the pass cannot decide on an item together: a fresh pass of the first of them alone.
 * 5. Segments unfinished: a Map over just those. A redrive counts those with failed items among them.
 * 6. Items failed: the run fails; if versions were swept together, those before the one that failed are brought to their end first.
 * 7. Not clean: another pass, while passes converge; unless the follower of the table's stream brings up what older code still writes. By a journal: a
 *    pass for the part before this one.
 * 8. Clean, or left to the follower: the sequence is done. The next one begins, or the run succeeds.
 *
 * @throws RunError Stopped, CodeChanged, SegmentsUnfinished, ItemsFailed, NotConverging, MissingTransformation, JournalMissing
 */
export function settlePass(state: PassState): Verdict {
  const { run, checkpoints } = state;
  const { control, isRedrive, hasNewCode } = currentControl(state);
  const counted = countPass(checkpoints.values());
  const counters = counted.items;
  const over = { settledPass: summarizePass(state.control, checkpoints.values(), counted.all) };
  const withPass = withSettledPass(state.control, [...checkpoints.values()]);
  const done = currentControl({ ...state, control: withPass }).control;
  if (hasNewCode) {
    const renewed = state.regrouped && { renewed: renewedMembers(byOtherCodes(withPass), state.regrouped) };
    return { ...freshPass(run, beforeOthersWrite(byOtherCodes(done)), state.now), ...renewed, ...over };
  }
  if (control.marks.paused) return { kind: 'wait', control: withDecision(control, 'wait') };
  if (control.lease.quietUntil !== undefined) return { kind: 'quiet', control: withDecision(control, 'quiet') };
  if (control.prepares && !control.preparation) return { kind: 'prepare', control: withDecision(control, 'prepare') };

  const { failures, maxFailures } = control.marks;
  const before = failures > maxFailures || counters.failed > 0 ? membersBeforeFailure(control, checkpoints) : 0;
  if (failures > maxFailures && before > 0)
    return { ...passOfThoseBefore(run, withoutFailed(done, counted.all.failed), before, state.now), ...over };
  if (failures > maxFailures) throw itemsFailed(state, counters, `stopped early, as more than ${countOf(maxFailures, 'item')} failed`);

  if ([...checkpoints.values()].some(({ isApart }) => isApart)) return { ...passOfFirst(run, done, state.now), ...over };
  const unfinished = segmentsOf(control).filter((segment) => {
    const checkpoint = checkpoints.get(segment);
    if (checkpoint?.checksum !== codeOfPass(control)) return true;
    return isRedrive ? !isFinished(checkpoint) : !checkpoint.done;
  });
  if (unfinished.length > 0) return anotherMap(state, control, unfinished, counters);
  if (counters.failed > 0 && before > 0)
    return { ...passOfThoseBefore(run, withoutFailed(done, counted.all.failed), before, state.now), ...over };
  if (counters.failed > 0) throw itemsFailed(state, counters, 'the others are done');

  const older = control.undoes && olderPart(state.undoParts?.get(control.sequence) ?? [], control, control.undoes);
  if (older) return { ...undoPass(run, beforeOthersWrite(done), older, state.now), ...over };
  const dirty = [...checkpoints.values()].some((checkpoint) => checkpoint.dirty);
  const isClean = run.dryRun || control.undoes !== undefined || !(dirty || counters.contended > 0);
  const notLeft = isClean ? undefined : notLeftToFollower(state, control, counters);
  if (notLeft) return { ...anotherPass(state, done, counters, notLeft), ...over };
  const leftToFollower = isClean ? {} : { leftToFollower: counters.changed };
  return { ...afterSettledSequence(state, { control, done, counters }, leftToFollower), ...over };
}

/**
 * The versions of the pass could not decide on an item together, so the run goes on with one after the other. What they made of other items stays as it
 * is: each of them finds nothing to do there.
 */
function passOfFirst(run: Run, control: Control, now: number) {
  const { together = [] } = control;
  const alone = { ...control, together: [], fence: control.fence + 1, convergence: freshConvergence(control.pass + 1) };
  const renewed = byOtherCodes({ ...control, together }).together ?? [];
  return { ...freshPass(run, beforeOthersWrite(byOtherCodes(alone)), now), renewed, oneByOne: 'found' as const };
}

/** How many versions of the pass come before the first that failed for an item; 0 if none failed. */
function membersBeforeFailure(control: Control, checkpoints: PassState['checkpoints']): number {
  return Math.max(
    0,
    sequencesOf(control).findIndex((sequence) => countMember(checkpoints.values(), sequence).items.failed > 0),
  );
}

/** Items that failed are tried again, and counted then. */
function withoutFailed({ settled, ...control }: Control, failed: number): Control {
  return { ...control, settled: { ...settled, run: addCounters(settled.run, { failed: -failed, scanned: -failed }) } };
}

/**
 * A version behind the first has failed for an item. Those before it come to their end first, as if it had not been swept together with them; then it
 * gets a pass of its own, which finds what fails.
 *
 * @param before how many versions of the pass come before it
 */
function passOfThoseBefore(run: Run, control: Control, before: number, now: number) {
  const { together: renewed = [] } = byOtherCodes(control);
  const those: Control = {
    ...byOtherCodes(control),
    together: renewed.slice(0, before - 1),
    fence: control.fence + 1,
    convergence: freshConvergence(control.pass + 1),
    marks: { ...control.marks, failures: 0 },
  };
  return { ...freshPass(run, beforeOthersWrite(those), now), renewed, hasFailedBehind: true as const };
}

function anotherMap({ run }: PassState, control: Control, segments: number[], counters: Counters): Verdict {
  const progress = control.totalSegments - segments.length + counters.scanned;
  // To wait is no failure to get on.
  const tries = control.decision.kind === 'wait' || control.decision.kind === 'quiet' ? 0 : 1;
  const { convergence } = control;
  const mapsWithoutProgress = progress > convergence.progressBefore ? 0 : convergence.mapsWithoutProgress + tries;
  if (mapsWithoutProgress >= maxMapsWithoutProgress)
    throw new RunError(
      'SegmentsUnfinished',
      `${segments.length} of ${countOf(control.totalSegments, 'segment')} of ${run.table} ${versionList(sequencesOf(control))} stay unfinished after ${maxMapsWithoutProgress} tries without progress. Look at the logs of transform-segment, mend the cause, and redrive the execution.`,
      { fields: { table: run.table, sequence: control.sequence, run: run.id, limit: maxMapsWithoutProgress, count: segments.length } },
    );
  return {
    kind: 'transform',
    segments,
    control: withDecision(
      {
        ...control,
        budget: shareAmong(control.budget, segments.length, mapWork(control)),
        convergence: { ...convergence, progressBefore: progress, mapsWithoutProgress },
      },
      'transform',
    ),
  };
}

/** Why what the pass still found is not left to the follower; undefined if it is. */
function notLeftToFollower(state: PassState, control: Control, counters: Counters): NotLeft | undefined {
  const { run, checkpoints, versions, follower = { control: undefined, versions: [] }, now } = state;
  if (!isFollowed(run, control)) return { why: 'the table is not followed', mayPass: false };
  return whyNotLeft({ control, checkpoints, versions, follower, counters, now });
}

function isFollowed({ direction }: Run, { lease }: Control): boolean {
  return lease.followLeaseMs !== undefined && direction === 'up';
}

/** A pass that changed nothing, or left items that lost every race to the next, is no measure of what that may change. */
function anotherPass({ run, now }: PassState, control: Control, counters: Counters, { why, mayPass }: NotLeft): Verdict {
  const { changed, contended } = counters;
  const { changedBefore = 0 } = control.convergence;
  const passes = passesOf(control);
  const tooManyPasses = passes >= maxPassesPerSequence;
  const mayBeLeft = isFollowed(run, control) && (mayPass || changed <= maxMetByChance);
  const changesDoNotShrink = changedBefore > 0 && changed >= convergingShare * changedBefore && !mayBeLeft;
  if (tooManyPasses || changesDoNotShrink)
    throw new RunError(
      'NotConverging',
      `Pass ${passes} over ${run.table} ${versionList(sequencesOf(control))} still changed ${countOf(changed, 'item')}${changedBefore === 0 ? '' : `, after ${grouped(changedBefore)} in the one before`}. A writer still produces the old shape. ${isFollowed(run, control) ? `The run could not leave that to the follower of the table's stream: ${why}. Look at \`dynamodt follow ${run.table}\`, and mend that, let the writer rest, or deploy code that writes both shapes` : `Deploy code that writes both shapes, or, on the way up, let the stack follow the table's stream (\`follow: true\`, node_modules/dynamodt/docs/follow.md), which brings up what old code writes`}; then redrive the execution or run \`${commandToGoOn(run)}\` again.`,
      { fields: { table: run.table, sequence: control.sequence, run: run.id, limit: maxPassesPerSequence, count: passes } },
    );
  const convergence = { ...control.convergence, changedBefore: contended > 0 ? undefined : changed, begunAt: now };
  return freshPass(run, { ...control, convergence }, now);
}

function itemsFailed({ run, control, checkpoints, failuresInWords }: PassState, counters: Counters, rest: string): RunError {
  const failedAt = sequencesOf(control).filter((sequence) => countMember(checkpoints.values(), sequence).items.failed > 0);
  const [sequence = control.sequence] = failedAt;
  return new RunError(
    'ItemsFailed',
    `${countOf(counters.failed, 'item')} of ${run.table} ${versionList(failedAt.length > 0 ? failedAt : [sequence])} failed (${failuresInWords}); ${rest}. \`dynamodt status ${run.table} --failures\` lists their keys. Mend the transformation, deploy it, and redrive the execution or run \`${commandToGoOn(run)}\` again: only the remaining work is done.`,
    { fields: { table: run.table, sequence, run: run.id, limit: control.marks.maxFailures, count: counters.failed } },
  );
}
