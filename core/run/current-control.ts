import { RunError } from '../errors.ts';
import { mayHaveZombies } from '../ledger/checkpoint.ts';
import { type Control, freshConvergence, requestTimeoutMs } from '../ledger/control.ts';
import { takesTable } from '../ledger/run.ts';
import { codeOf } from '../transformation/catalog.ts';
import { noLongerDeployed } from './file-warnings.ts';
import { halfAppliedByAnother, isOtherName } from './refuse-file.ts';
import type { PassState } from './verdict.ts';

/**
 * The control from which SettlePass and Prepare go on. A redrive clears what stopped the run before it, resets the bounds, and adopts
 * code that was deployed meanwhile; the caller sweeps the table with a fresh pass then.
 *
 * @throws RunError Stopped, MissingTransformation
 * @throws RunError HalfApplied: when another file has taken the place of the one that the run began
 * @throws RunError CodeChanged: when the invocation is not of a redrive
 */
export function currentControl({ run, control: read, checkpoints, deployed, redriveCount }: PassState): {
  control: Control;
  isRedrive: boolean;
  hasNewCode: boolean;
} {
  const isRedrive = redriveCount > read.decision.redriveCount;
  const zombies = read.lease.mayHaveZombies || mayHaveZombies(checkpoints.values());
  const before = { ...read, lease: { ...read.lease, mayHaveZombies: zombies, quietMs: 0 } };
  const control = isRedrive ? afterRedrive(before, redriveCount) : before;
  const version = `${run.table} v${control.sequence}`;

  if (control.marks.stopped)
    throw new RunError(
      'Stopped',
      `The run was stopped by ${control.marks.stopped.by}. Go on with \`dynamodt ${run.prepareOnly ? 'prepare' : run.direction} ${run.table}\`, or redrive the execution.`,
      { fields: { table: run.table, sequence: control.sequence, run: run.id } },
    );
  if (!deployed) throw noLongerDeployed(run, control.sequence);
  if (codeOf(deployed) === codeOf(control)) return { control, isRedrive, hasNewCode: false };
  if (takesTable(run) && deployed.file && deployed.checksum !== control.checksum && isOtherName(control.file, deployed.file))
    throw halfAppliedByAnother({ ...control, run: run.id }, deployed.file);
  if (!isRedrive)
    throw new RunError(
      'CodeChanged',
      `The code of ${version} changed while it ran (from ${codeOf(control)} to ${codeOf(deployed)}), and a version is applied by one code only. Redrive the execution, or run \`dynamodt ${run.direction} ${run.table}\` again, to sweep the table with the new code.`,
      { fields: { table: run.table, sequence: control.sequence, run: run.id } },
    );
  const { checksum, bundleChecksum, packages, prepares } = deployed;
  const adopted = { ...control, checksum, bundleChecksum, packages, prepares, preparation: undefined, fence: control.fence + 1 };
  return { control: adopted, isRedrive, hasNewCode: true };
}

/** Lets the leases of workers that were left behind run out before other code or another sequence writes. */
export function waitOutLeases(control: Control): Control {
  const { lease } = control;
  return lease.mayHaveZombies
    ? { ...control, lease: { ...lease, mayHaveZombies: false, quietMs: lease.leaseMs + requestTimeoutMs } }
    : control;
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
