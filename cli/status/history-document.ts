import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import type { RecordedError } from '../../core/errors.ts';
import type { Counters } from '../../core/ledger/counters.ts';
import type { Run } from '../../core/ledger/run.ts';
import type { RunStatus } from '../../core/ledger/run-status.ts';
import { baselineRun, type Version } from '../../core/ledger/version.ts';
import type { Lock } from '../../core/run/take-table.ts';
import type { Direction } from '../../core/transformation/contract.ts';
import { observeRun } from '../progress/observe-run.ts';
import { progressOf } from '../progress/progress.ts';
import { mustAskExecution, reconcileRun } from '../progress/reconcile-run.ts';

/** What `history` prints with `--json` for a table. Fields may be added, but not changed. */
export interface HistoryDocument {
  table: string;
  /** The versions, in the order of their sequences. */
  versions: VersionEntry[];
  /** The runs, newest first. */
  runs: RunEntry[];
}

/** A version that was marked as applied has the run `baseline` and the operator who marked it, but no execution and no counters. */
interface VersionEntry extends Omit<Version, 'table' | 'preparation'> {
  /** The preparation that the version was applied with: the SHA-256 of the ciphertext. */
  preparation?: string | undefined;
  /** The one that was used before, and could not be read any more. */
  preparationInsteadOf?: string | undefined;
  /** Milliseconds from the end of the previous version of the run, or from the run's start, to its own end; undefined while it is under way. */
  milliseconds?: number | undefined;
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
  error?: RecordedError | undefined;
}

/** The versions and runs of a table. @param limit max number of runs, newest first */
export async function historyDocument(service: DeployedService, table: string, limit: number): Promise<HistoryDocument> {
  const [versions, runs, lock] = await Promise.all([
    service.ledger.versions(table),
    service.ledger.runs(table, limit),
    service.ledger.lock(table),
  ]);
  const older = await runsBefore(runs, versions, service, table);
  return {
    table,
    versions: versions.map(({ table: _, preparation, ...version }) => ({
      ...version,
      preparation: preparation?.version,
      preparationInsteadOf: preparation?.insteadOf,
      milliseconds: durationOf(version, versions, [...runs, ...older]),
    })),
    runs: (await Promise.all(runs.map((run) => asItStands(service, run, lock)))).map(entryOf),
  };
}

/** Runs of versions that are older than the listed runs. */
async function runsBefore(runs: readonly Run[], versions: readonly Version[], { ledger }: DeployedService, table: string): Promise<Run[]> {
  const unlisted = new Set(versions.map(({ run }) => run).filter((id) => id !== baselineRun && !runs.some((run) => run.id === id)));
  const found = await Promise.all([...unlisted].map((id) => ledger.run(table, id)));
  return found.filter((run) => run !== undefined);
}

function durationOf(
  { run: id, sequence, at, counters }: Pick<Version, 'run' | 'sequence' | 'at' | 'counters'>,
  versions: readonly Version[],
  runs: readonly Run[],
): number | undefined {
  const run = runs.find((candidate) => candidate.id === id);
  if (!run || !counters) return undefined;
  const position = run.steps.findIndex((step) => step.sequence === sequence);
  const before = versions.find((version) => version.sequence === run.steps[position - 1]?.sequence && version.run === id);
  if (position < 0 || (position > 0 && !before)) return undefined;
  return Date.parse(at) - Date.parse(before?.at ?? run.startedAt);
}

/** A run, with its status and counters corrected from its execution and its checkpoints. */
async function asItStands(service: DeployedService, run: Run, lock: Lock | undefined): Promise<Run> {
  if (!mustAskExecution(run, lock)) return run;
  const [execution, observation] = await Promise.all([service.execution(run.execution), observeRun(service.ledger, run)]);
  return { ...reconcileRun(run, execution), ...(observation ? { counters: progressOf(observation, undefined).counters } : {}) };
}

function entryOf({ id, status, direction, dryRun, prepareOnly, steps, startedAt, endedAt, execution, counters, error }: Run): RunEntry {
  return {
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
  };
}
