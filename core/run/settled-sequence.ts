import { type Control, freshConvergence, type TogetherStep, withDecision } from '../ledger/control.ts';
import { type Counters, noCounters } from '../ledger/counters.ts';
import { type RunStep, takesTable } from '../ledger/run.ts';
import { togetherAt, workUp } from '../ledger/sweep.ts';
import type { Version } from '../ledger/versions/version.ts';
import { carriedOver, settledOf } from '../ledger/versions/version-counters.ts';
import { beforeOthersWrite } from './current-control.ts';
import { settledByEmptyPass, settledUnseen } from './empty-pass.ts';
import { freshPass, undoPass } from './fresh-pass.ts';
import type { PassState, SettledSequence, Verdict } from './verdict.ts';

/** A pass that is over and has settled its sequence. */
interface SettlingPass {
  control: Control;
  /** The control with the counters of the pass. */
  done: Control;
  /** Of the pass, each item once. */
  counters: Counters;
}

/**
 * What follows a pass that settled its sequence.
 *
 * 1. The sequence is done, with those that were swept together with it. If the pass found no item in the table, those after it are, too.
 * 2. The next one begins, in a dry run on what the ones before would have made; or the run succeeds.
 *
 * @param leftToFollower items that the pass still changed, if that did not keep it from settling its sequence
 */
export function afterSettledSequence(
  state: PassState,
  { control, done, counters }: SettlingPass,
  leftToFollower: Pick<SettledSequence, 'leftToFollower'>,
): Verdict {
  const { run } = state;
  const settledSequence = {
    sequence: control.sequence,
    checksum: control.checksum,
    packages: control.packages,
    bundleChecksum: control.bundleChecksum,
    ...(control.rewrites ? { rewrote: true } : {}),
    counters: done.settled.sequence ?? noCounters(),
    ...leftToFollower,
  };
  const { together = [] } = done;
  const settledTogether =
    together.length > 0 ? { settledTogether: together.map((step) => ({ ...settledMember(step), ...leftToFollower })) } : {};
  const unseen = settledByEmptyPass(state, control, counters);
  const settledToo = unseen.length > 0 ? { settledToo: unseen.map((step) => settledUnseen(step, state)) } : {};
  const ended = { settledSequence, ...settledTogether, ...settledToo };
  const step = control.step + 1 + together.length + unseen.length;
  const following = run.steps[step];
  if (!following) return { kind: 'succeed', control: withDecision({ ...done, ended: true }, 'succeed'), ...ended };
  const begun = {
    ...control,
    ...codeOfStep(following),
    ...groupAt(state, step),
    step,
    fence: control.fence + 1,
    preparation: undefined,
    undoes: undefined,
    earlier: run.dryRun ? [...control.earlier, tried(control), ...unseen.map(tried)] : [],
    convergence: freshConvergence(control.pass + 1),
    settled: {
      run: done.settled.run,
      ...(takesTable(run) ? settledOf(carriedOver(versionOf(state, following.sequence), run.direction)) : {}),
    },
  };
  const [newest] = following.by ? (state.undoParts?.get(following.sequence) ?? []) : [];
  if (following.by && !newest) throw new TypeError('a step by a journal has at least one part');
  const next = newest ? undoPass(run, beforeOthersWrite(begun), newest, state.now) : freshPass(run, beforeOthersWrite(begun), state.now);
  return { ...next, ...ended };
}

/** A run that has gone over to one version after the other has no groups any more. */
function groupAt({ run, control, versions }: PassState, step: number): Pick<Control, 'together'> {
  if (!control.together) return togetherAt(run.steps, step, workUp(versions));
  return { together: run.oneByOne === 'found' ? [] : (togetherAt(run.steps, step, workUp(versions)).together ?? []) };
}

function settledMember({ sequence, checksum, packages, bundleChecksum, counters = noCounters() }: TogetherStep): SettledSequence {
  return { sequence, checksum, packages, bundleChecksum, counters };
}

/** What a control has of a step. It names every field, so that none of the step before stays. */
export function codeOfStep({
  sequence,
  checksum,
  bundleChecksum,
  packages,
  file,
  prepares,
  kept,
  rewrites,
  given,
  scope,
  journals,
}: RunStep): RunStep {
  return { sequence, checksum, bundleChecksum, packages, file, prepares, kept, rewrites, given, scope, journals };
}

type Tried = Control['earlier'][number];

function tried({ sequence, checksum, bundleChecksum, kept, preparation, given, scope }: Tried): Tried {
  return { sequence, checksum, bundleChecksum, kept, preparation, given, scope };
}

function versionOf({ versions }: PassState, sequence: number): Version | undefined {
  return versions.find((version) => version.sequence === sequence);
}
