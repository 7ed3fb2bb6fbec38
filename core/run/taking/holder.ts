import { isRunErrorName } from '../../errors.ts';
import { type Checkpoint, isFinished } from '../../ledger/checkpoint.ts';
import { type Control, type Lease, requestTimeoutMs } from '../../ledger/control.ts';
import type { Run } from '../../ledger/run.ts';
import type { PartEnding } from '../../ledger/run-part.ts';
import { segmentsWithin } from '../../transformation/scope-ref.ts';

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

/**
 * A worker may write as soon as it has read the control, before it has a checkpoint. If the run's error is one of ours, its Map came to
 * its end, and no worker is left.
 */
export function mayHaveUnseenWorkers({ run, control, checkpoints }: Holder): boolean {
  return control.decision.kind === 'transform' && checkpoints.length < segmentsIn(run, control) && !isRunErrorName(run.error?.name);
}

/** The segments that will run, among which are those with failed items. */
export function unfinishedOf({ run, control, checkpoints }: Holder): number {
  return segmentsIn(run, control) - checkpoints.filter(isFinished).length;
}

function segmentsIn({ totalSegments }: Run, control: Control): number {
  return control.undoes ? control.totalSegments : segmentsWithin(control.scope, totalSegments);
}

/** A run that sweeps one version after the other goes on like that. */
export function goesOneByOne({ run, control }: Holder): boolean {
  return run.oneByOne !== undefined || control.together === undefined;
}

/** Milliseconds after which no worker of a holder writes any more: its lease has run out, and its last request was answered or given up. */
export function quietMsAfter({ leaseMs }: Pick<Lease, 'leaseMs'>): number {
  return leaseMs + requestTimeoutMs;
}
