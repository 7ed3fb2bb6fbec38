import type { LedgerReader } from '../../aws/ledger/reading/ledger-reader.ts';
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
  const checkpoints = await ledger.checkpoints(run.id, control.pass, { segments: control.totalSegments });
  return { run, control, checkpoints: [...checkpoints.values()] };
}

/**
 * Milliseconds from one observation to the next. Each one reads the checkpoints of all segments, from partitions that the workers write and whose 3,000
 * read units a second they need, too: this limits a watcher to a few hundred units a second.
 *
 * @param checkpoints that one observation reads
 */
export function readIntervalFor(checkpoints: number, leastMs: number): number {
  return Math.max(leastMs, checkpoints);
}
