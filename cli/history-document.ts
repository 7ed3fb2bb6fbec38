import type { DeployedService } from '../aws/deployed-service.ts';
import type { Direction } from '../core/contract.ts';
import type { Counters } from '../core/counters.ts';
import type { Run, RunStatus } from '../core/run.ts';
import type { Lock } from '../core/take-table.ts';
import type { Version } from '../core/version.ts';
import { observeRun } from './observe-run.ts';
import { progressOf } from './progress.ts';
import { mustAskExecution, reconcileRun } from './reconcile-run.ts';

/** What `history` prints with `--json` for a table. It may grow, never change. */
export interface HistoryDocument {
  table: string;
  /** In the order of their sequences. */
  versions: (Pick<Version, 'sequence' | 'status' | 'checksum' | 'at' | 'run' | 'execution' | 'counters'> & {
    /** The version of what it was made with: the SHA-256 of the ciphertext. */
    preparation?: string | undefined;
  })[];
  /** Newest first. */
  runs: RunEntry[];
}

interface RunEntry {
  run: string;
  status: RunStatus;
  direction: Direction;
  dryRun: boolean;
  prepareOnly: boolean;
  sequences: number[];
  startedAt: string;
  endedAt?: string | undefined;
  execution: string;
  counters: Counters;
  error?: { name: string; message: string } | undefined;
}

/** What was done to a table. @param limit so many runs, the newest */
export const historyDocument = async (service: DeployedService, table: string, limit: number): Promise<HistoryDocument> => {
  const [versions, runs, lock] = await Promise.all([
    service.ledger.versions(table),
    service.ledger.runs(table, limit),
    service.ledger.lock(table),
  ]);
  return {
    table,
    versions: versions.map(({ sequence, status, checksum, preparation, at, run, execution, counters }) => ({
      sequence,
      status,
      checksum,
      preparation: preparation?.version,
      at,
      run,
      execution,
      counters,
    })),
    runs: (await Promise.all(runs.map((run) => asItStands(service, run, lock)))).map(entryOf),
  };
};

/** A run with what only its execution and its checkpoints tell. */
const asItStands = async (service: DeployedService, run: Run, lock: Lock | undefined): Promise<Run> => {
  if (!mustAskExecution(run, lock)) return run;
  const [execution, observation] = await Promise.all([service.execution(run.execution), observeRun(service.ledger, run)]);
  return { ...reconcileRun(run, execution), ...(observation ? { counters: progressOf(observation, undefined).counters } : {}) };
};

const entryOf = ({ id, status, direction, dryRun, prepareOnly, steps, startedAt, endedAt, execution, counters, error }: Run): RunEntry => ({
  run: id,
  status,
  direction,
  dryRun,
  prepareOnly,
  sequences: steps.map(({ sequence }) => sequence),
  startedAt,
  endedAt,
  execution,
  counters,
  error,
});
