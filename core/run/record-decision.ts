import { failuresInWords } from '../change/failures-in-words.ts';
import type { Clock } from '../clock.ts';
import { RunError } from '../errors.ts';
import { countPass } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import type { Run, RunStep } from '../ledger/run.ts';
import { controlsOf } from '../ledger/sweep.ts';
import { codeOf } from '../transformation/catalog.ts';
import { pauseAtLimit, pauseInVain } from './control/pause-at-limit.ts';
import { goOnAtHours, pauseByHours } from './control/pause-by-hours.ts';
import { underLimit } from './control/under-limit.ts';
import { untilClosed } from './control/within-hours.ts';
import { decisionEvents, failureEvents, repeatedEvents } from './events/decided-events.ts';
import type { TellEvents } from './events/run-event.ts';
import { type NextStep, nextStepOf } from './next-step.ts';
import { failureChanges, verdictChanges } from './records/ledger-changes.ts';
import type { LedgerReads, LedgerWrites } from './records/ledger-port.ts';
import { undoPartsOf } from './undo-by-journal.ts';
import type { PassState, Verdict } from './verdict.ts';

/** An invocation of SettlePass or Prepare. */
export interface DecisionRequest {
  table: string;
  run: string;
  /** The number of the decision that led here. */
  decisionNumber: number;
  /** ARN of the execution. */
  execution: string;
  redriveCount: number;
}

export interface DecisionPorts {
  clock: Clock;
  ledger: LedgerReads & LedgerWrites;
  /** The present sequence as it is deployed now; undefined if its file is gone. */
  deployedStep(control: Control): Promise<RunStep | undefined>;
  /** Says of steps, as they are deployed now, which of them can be swept together. Left out, each is swept alone. */
  regroup?: ((table: string, steps: readonly RunStep[]) => Promise<readonly RunStep[]>) | undefined;
  /** The steps after the present one, up to the first whose file is no longer deployed with the code of the run. */
  stepsAhead(run: Run, control: Control): Promise<RunStep[]>;
  /** Told what was decided, after it is recorded. Left out, nobody is. */
  tell?: TellEvents | undefined;
}

/**
 * Takes the next decision of a run: reads its state, decides, and records the verdict in one transaction that carries the number of
 * the decision, so that a repeated invocation returns the decision that was taken.
 *
 * @param decide a verdict that fails the run is thrown; it is asked again if another decision was faster
 * @throws RunError those of `decide`, recorded with the run
 * @throws RunError Superseded: when another execution or another run holds the table
 */
export async function recordDecision(
  deciding: DecisionRequest,
  ports: DecisionPorts,
  decide: (state: PassState) => Verdict | Promise<Verdict>,
): Promise<NextStep> {
  const { clock, ledger, tell = async () => {} } = ports;
  const { decisionNumber, execution, redriveCount } = deciding;
  for (;;) {
    const { run, control, versions } = await readRecords(deciding, ledger);
    if (!run || control?.table !== run.table || run.execution !== execution || run.status === 'superseded') throw superseded(deciding, run);
    const last = control.decision;
    const wasTaken = last.number === decisionNumber + 1;
    if (wasTaken && (last.redriveCount === redriveCount || control.ended)) {
      // Whoever decided may have ended before it told.
      await tell(repeatedEvents(run, control, versions));
      await clock.sleep(control.lease.quietMs);
      return nextStepOf(run, control, ledger, clock.wall());
    }
    // An execution can fail before it learns of a decision; its redrive decides again from there.
    if (last.number !== decisionNumber && !(wasTaken && redriveCount > last.redriveCount)) throw superseded(deciding, run);

    const now = new Date(clock.wall()).toISOString();
    const left = await pauseAtLimit(control, ledger, now);
    if (left === 'paused' || (await goOnAtHours(control, ledger, clock.wall()))) continue;
    const state = await readState({ run, control, versions }, redriveCount, ports);
    const read = { run, control, versions, checkpoints: [...state.checkpoints.values()] };
    let verdict: Verdict;
    try {
      const undoParts = await readUndoParts(state, ledger);
      const decided = underLimit(await decide(undoParts ? { ...state, undoParts } : state), left);
      verdict = { ...decided, control: withResumed(untilClosed(decided.control, clock.wall()), control) };
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      if (!(await ledger.write(failureChanges(read, error, { now, redriveCount })))) continue;
      await tell(failureEvents(read, error, redriveCount));
      throw error;
    }
    if ((await pauseInVain(verdict, ledger, now)) || (await pauseByHours(verdict, ledger, clock.wall()))) continue;
    if (!(await ledger.write(verdictChanges(verdict, read, now)))) continue;
    await tell(decisionEvents(verdict, read));
    await clock.sleep(verdict.control.lease.quietMs);
    return nextStepOf(run, verdict.control, ledger, clock.wall(), verdict.kind === 'transform' ? verdict.segments : undefined);
  }
}

/** The control of a decision, which says if it ended a wait. @param before the control on which it was taken */
function withResumed(control: Control, before: Control): Control {
  const ends = before.decision.kind === 'wait' && control.decision.kind !== 'wait';
  return { ...control, decision: { ...control.decision, resumed: ends ? true : undefined } };
}

/**
 * Reads the run, its control and the versions of its table as they stood at one time: a decision that is recorded while they are read
 * changes the control.
 */
async function readRecords({ table, run: id }: DecisionRequest, ledger: LedgerReads) {
  for (;;) {
    const control = await ledger.control(id);
    const [run, versions] = await Promise.all([ledger.run(table, id), ledger.versions(table)]);
    const now = await ledger.control(id);
    if (now?.decision.number === control?.decision.number && now?.fence === control?.fence) return { run, control, versions };
  }
}

async function readState(
  { run, control, versions }: Pick<PassState, 'run' | 'control' | 'versions'>,
  redriveCount: number,
  { clock, ledger, deployedStep, stepsAhead, regroup }: DecisionPorts,
): Promise<PassState> {
  const members = controlsOf(control).slice(1);
  const [checkpoints, deployed, ahead, deployedTogether] = await Promise.all([
    ledger.checkpoints(run.id, control.pass),
    control.undoes ? run.steps[control.step] : deployedStep(control),
    stepsAhead(run, control),
    Promise.all(members.map((member) => deployedStep(member))),
  ]);
  const regrouped = members.length > 0 ? await regroupedIf(control, [deployed, ...deployedTogether], regroup) : undefined;
  const follower = await followerSeen(run, control, checkpoints, ledger);
  const { failed } = countPass(checkpoints.values()).items;
  const failures = failed > 0 ? await ledger.failures(run.id, control.pass) : [];
  const inWords = failuresInWords(failures);
  return {
    run,
    control,
    versions,
    checkpoints,
    deployed,
    ...(members.length > 0 ? { deployedTogether } : {}),
    ...(regrouped ? { regrouped } : {}),
    ahead,
    redriveCount,
    now: clock.wall(),
    ...(follower ? { follower } : {}),
    failuresInWords: failures.length < failed ? `of ${failures.length} recorded: ${inWords}` : inWords,
  };
}

/** Asked for only if the decision depends on it. */
async function followerSeen(
  { table, direction }: Run,
  { lease }: Control,
  checkpoints: PassState['checkpoints'],
  ledger: LedgerReads,
): Promise<PassState['follower']> {
  const isFollowed = lease.followLeaseMs !== undefined && direction === 'up';
  const asksWhatIsLeft = isFollowed && [...checkpoints.values()].some(({ dirty, counters }) => dirty || counters.contended > 0);
  if (!asksWhatIsLeft && !lease.awaitsFollower) return undefined;
  const [control, versions] = await Promise.all([ledger.follower(table), asksWhatIsLeft ? ledger.followedVersions(table) : []]);
  return { control, versions };
}

/** Undefined if all of them have the code of the run, or one is not deployed any more. */
async function regroupedIf(
  control: Control,
  deployed: readonly (RunStep | undefined)[],
  regroup: DecisionPorts['regroup'] = async (_, steps) => steps,
): Promise<readonly RunStep[] | undefined> {
  const now = deployed.filter((step) => step !== undefined);
  const isOther = controlsOf(control).some((member, index) => {
    const step = deployed[index];
    return step !== undefined && codeOf(step) !== codeOf(member);
  });
  return isOther && now.length === deployed.length ? regroup(control.table, now) : undefined;
}

/** @throws RunError JournalMissing */
async function readUndoParts({ run, control, versions, now }: PassState, ledger: LedgerReads) {
  const near = run.steps.slice(control.step, control.step + 2).filter(({ by }) => by === 'journal');
  const parts = near.map(async ({ sequence }) => {
    const version = versions.find((known) => known.sequence === sequence);
    return [sequence, version ? await undoPartsOf(version, ledger, now) : []] as const;
  });
  return near.length > 0 ? new Map(await Promise.all(parts)) : undefined;
}

function superseded({ run, table }: DecisionRequest, found: Run | undefined): RunError {
  return new RunError(
    'Superseded',
    `Run ${run} no longer holds ${table}${found?.execution ? `: ${found.status === 'superseded' ? 'another run took the table' : `it goes on in ${found.execution}`}` : ''}. Nothing was done. Look at \`dynamodt status ${table}\`.`,
    { fields: { table, run, execution: found?.execution } },
  );
}
