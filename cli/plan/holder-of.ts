import type { LedgerReader } from '../../aws/ledger/reading/ledger-reader.ts';
import type { Control } from '../../core/ledger/control.ts';

/** The run that holds a table. */
export interface Holder {
  run: string;
  control: Control | undefined;
}

/**
 * The run that holds a table now; undefined if its end is recorded. The lock of a run that failed stays until the next start, which it does not hinder.
 */
export async function holderOf(ledger: Pick<LedgerReader, 'lock' | 'run' | 'control'>, table: string): Promise<Holder | undefined> {
  const lock = await ledger.lock(table);
  if (!lock || lock.endedAt !== undefined) return undefined;
  const [run, control] = await Promise.all([ledger.run(table, lock.run), ledger.control(lock.run)]);
  return run && run.status !== 'running' ? undefined : { run: lock.run, control };
}
