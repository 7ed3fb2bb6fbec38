import type { LedgerReader } from '../../aws/ledger/ledger-reader.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import type { Run } from '../../core/ledger/run.ts';

/** A run as the ledger has it now. */
export interface Observation {
  run: Run;
  control: Control;
  /** Checkpoints of the present pass; a segment that no worker has taken yet has none. */
  checkpoints: readonly Checkpoint[];
}

/** The run that an execution began or continues; undefined if it has none, or none yet. */
export async function findRun(ledger: LedgerReader, table: string, execution: string): Promise<Run | undefined> {
  const lock = await ledger.lock(table);
  if (lock?.execution === execution) return ledger.run(table, lock.run);
  // A dry run takes no lock.
  return (await ledger.runs(table)).find((run) => run.execution === execution);
}

/** @returns undefined if the run's control was deleted */
export async function observeRun(ledger: LedgerReader, run: Run): Promise<Observation | undefined> {
  const control = await ledger.control(run.id);
  if (!control) return undefined;
  const checkpoints = await ledger.checkpoints(run.id, control.pass);
  return { run, control, checkpoints: [...checkpoints.values()] };
}
