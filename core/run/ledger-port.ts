import type { RunError } from '../errors.ts';
import type { Checkpoint } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import type { Counters } from '../ledger/counters.ts';
import type { Run } from '../ledger/run.ts';
import type { Version } from '../ledger/version.ts';
import type { Lock, Taken } from './take-table.ts';
import type { Verdict } from './verdict.ts';

/** What the run's decisions read: always strongly consistent. */
export interface LedgerReads {
  lock(table: string): Promise<Lock | undefined>;
  run(table: string, id: string): Promise<Run | undefined>;
  control(run: string): Promise<Control | undefined>;
  versions(table: string): Promise<Version[]>;
  /** Of one pass, by segment. */
  checkpoints(run: string, pass: number): Promise<Map<number, Checkpoint>>;
  failures(run: string, pass: number): Promise<{ name: string; place?: string | undefined }[]>;
}

/** How the run's decisions are written: each one transaction. False where somebody else decided since it was read. */
export interface LedgerWrites {
  recordStart(
    taken: Taken,
    lockRead: Lock | undefined,
    holderRead: Control | undefined,
    versions: readonly Version[],
    now: string,
  ): Promise<boolean>;
  recordVerdict(verdict: Verdict, run: Run, read: Control, versions: readonly Version[], now: string): Promise<boolean>;
  recordFailure(run: Run, error: RunError, counters: Counters, now: string): Promise<void>;
}
