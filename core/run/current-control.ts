import { RunError } from '../errors.ts';
import { mayHaveZombies } from '../ledger/checkpoint.ts';
import { type Control, freshConvergence, type Lease, requestTimeoutMs, type TogetherStep } from '../ledger/control.ts';
import { quietMsFor } from '../ledger/follow.ts';
import { latestAhead } from '../ledger/late-requests.ts';
import { type Run, type RunStep, takesTable } from '../ledger/run.ts';
import { controlsOf } from '../ledger/sweep.ts';
import { withCode } from '../ledger/versions/version-codes.ts';
import { codeOf } from '../transformation/catalog.ts';
import { noLongerDeployed } from './file-warnings.ts';
import { halfAppliedByAnother, isOtherName } from './refuse-file.ts';
import { commandToGoOn } from './run-commands.ts';
import { groupsOf } from './steps/sweep-groups.ts';
import type { PassState } from './verdict.ts';

/**
 * The control from which SettlePass and Prepare go on. A redrive clears what stopped the run before it, resets the bounds, and adopts
 * code that was deployed meanwhile; the caller sweeps the table with a fresh pass then.
 *
 * @throws RunError Stopped, MissingTransformation
 * @throws RunError HalfApplied: when another file has taken the place of the one that the run began
 * @throws RunError CodeChanged: when the invocation is not of a redrive
 */
export function currentControl({
  run,
  control: read,
  checkpoints,
  deployed,
  deployedTogether = [],
  regrouped = [],
  redriveCount,
  now,
  follower,
}: PassState): {
  control: Control;
  isRedrive: boolean;
  hasNewCode: boolean;
} {
  const isRedrive = redriveCount > read.decision.redriveCount;
  const zombies = read.lease.mayHaveZombies || mayHaveZombies(checkpoints.values());
  const late = [read.lease.lateUntil, ...[...checkpoints.values()].map(({ lateUntil }) => lateUntil)];
  // The lease of the follower ended before this decision was asked for, so what it says now is all that can come.
  const ofFollower = read.lease.awaitsFollower ? follower?.control?.lateUntil : undefined;
  const quietUntil = latestAhead([read.lease.quietUntil, ofFollower], now);
  const waits = { quietMs: 0, lateUntil: latestAhead(late, now), quietUntil, awaitsFollower: undefined };
  const before = { ...read, lease: { ...read.lease, mayHaveZombies: zombies, ...waits } };
  const control = isRedrive ? afterRedrive(before, redriveCount) : before;

  if (control.marks.stopped)
    throw new RunError(
      'Stopped',
      `The run was stopped by ${control.marks.stopped.by}. Go on with \`${commandToGoOn(run)}\`, or redrive the execution.`,
      { fields: { table: run.table, sequence: control.sequence, run: run.id } },
    );
  const codes = controlsOf(control).map((before, index) => ({ before, deployed: index === 0 ? deployed : deployedTogether[index - 1] }));
  const [other] = codes.filter((code) => isOtherCode(code, run));
  if (!other) return { control, isRedrive, hasNewCode: false };
  if (!isRedrive) throw codeChanged(run, other);
  if (control.together?.length) return { control: adoptedTogether(control, regrouped), isRedrive, hasNewCode: true };
  if (!deployed) throw noLongerDeployed(run, control.sequence);
  const { checksum, bundleChecksum, packages, prepares, given = control.given, scope, journals } = deployed;
  const code = { checksum, bundleChecksum, packages, prepares, given, scope, journals, rewrites: rewritesBy(deployed, control) };
  const adopted = { ...control, ...code, preparation: undefined, fence: control.fence + 1 };
  return { control: adopted, isRedrive, hasNewCode: true };
}

interface CodeNow {
  /** The control of the version. */
  before: Control;
  deployed: RunStep | undefined;
}

/**
 * @throws RunError MissingTransformation
 * @throws RunError HalfApplied: when another file has taken its place
 */
function isOtherCode({ before, deployed }: CodeNow, run: Run): boolean {
  if (!deployed) throw noLongerDeployed(run, before.sequence);
  if (codeOf(deployed) === codeOf(before)) return false;
  if (takesTable(run) && deployed.file && deployed.checksum !== before.checksum && isOtherName(before.file, deployed.file))
    throw halfAppliedByAnother({ ...before, run: run.id }, deployed.file);
  return true;
}

function codeChanged(run: Run, { before, deployed }: CodeNow): RunError {
  const { sequence } = before;
  return new RunError(
    'CodeChanged',
    `The code of ${run.table} v${sequence} changed while it ran (from ${codeOf(before)} to ${deployed && codeOf(deployed)}), and a version is applied by one code only. Redrive the execution, or run \`${commandToGoOn(run)}\` again, to sweep the table with the new code.`,
    { fields: { table: run.table, sequence, run: run.id } },
  );
}

/**
 * The control of a pass that goes on with what is deployed now. A version that can no longer be swept together with those before it, and those behind
 * it, get passes of their own.
 */
function adoptedTogether(control: Control, regrouped: readonly RunStep[]): Control {
  const [[first, ...rest] = []] = groupsOf(regrouped);
  if (!first) throw new TypeError('the versions are loaded as they are deployed now');
  const { checksum, bundleChecksum, packages, prepares, given = control.given, scope, journals } = first;
  const isSame = codeOf(first) === codeOf(control);
  const code = { checksum, bundleChecksum, packages, prepares, given, scope, journals: isSame ? control.journals : journals };
  const preparation = isSame ? control.preparation : undefined;
  return { ...control, ...code, preparation, together: rest.map((step) => adoptedMember(control, step)), fence: control.fence + 1 };
}

/** The versions behind the first that a redrive goes on with, by the code that is deployed now; also if they are no longer swept together with it. */
export function renewedMembers(control: Pick<Control, 'together'>, regrouped: readonly RunStep[]): TogetherStep[] {
  return regrouped.slice(1).map((step) => adoptedMember(control, step));
}

/** If the deployed code is that of the pass, the member keeps what the control says of it, since its step can lack its parameters (`given`) and `journals`. */
function adoptedMember({ together = [] }: Pick<Control, 'together'>, step: RunStep): TogetherStep {
  const { sequence, checksum, bundleChecksum, packages } = step;
  const before = together.find((member) => member.sequence === sequence);
  if (before && codeOf(before) === codeOf(step)) return before;
  const { file, given, counters, isCovered } = before ?? {};
  const code = { sequence, checksum, bundleChecksum, packages, file: step.file ?? file, given: step.given ?? given };
  return { ...code, journals: step.journals, counters, isCovered };
}

/** If the run rewrites, what the code until now gave is rewritten, too. */
function rewritesBy(deployed: RunStep, { rewrites, checksum, bundleChecksum, preparation, given }: Control): Control['rewrites'] {
  return (
    rewrites && withCode(rewrites, { checksum, bundleChecksum, preparation, given }).filter((code) => codeOf(code) !== codeOf(deployed))
  );
}

/**
 * The control of a run that is about to write something else: another sequence, or by other code. Neither workers that were left behind, nor
 * the follower of the table's stream by what it knew before, nor requests that nobody answered may write into it: until then the run waits.
 */
export function beforeOthersWrite(control: Control): Control {
  const { lease } = control;
  const { leaseMs, mayHaveZombies: zombies, lateUntil } = lease;
  const follower: Pick<Lease, 'awaitsFollower'> = lease.followLeaseMs === undefined ? {} : { awaitsFollower: true };
  const quietMs = Math.max(zombies ? leaseMs + requestTimeoutMs : lease.quietMs, quietMsFor({ ...lease, ...follower }));
  return { ...control, lease: { ...lease, ...follower, mayHaveZombies: false, quietMs, quietUntil: lateUntil } };
}

function afterRedrive(control: Control, redriveCount: number): Control {
  const { stopped } = control.marks;
  return {
    ...control,
    fence: control.fence + 1,
    decision: { ...control.decision, redriveCount },
    marks: { ...control.marks, failures: 0, stopped: stopped && stopped.redriveCount >= redriveCount ? stopped : undefined },
    convergence: freshConvergence(control.pass),
  };
}
