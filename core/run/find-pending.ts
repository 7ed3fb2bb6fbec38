import { RunError } from '../errors.ts';
import { areSameSteps, type Run } from '../ledger/run.ts';
import type { LedgerReads } from './ledger-port.ts';
import { planRun } from './plan-run.ts';
import { refuseReplaced } from './replaced-table.ts';
import { parseRunInput } from './run-input.ts';
import type { StartedTable } from './start-run.ts';

/** A table to take up; `follow` is the execution that is doing it already. */
export interface PendingTable {
  table: string;
  follow?: string;
}

export interface FindPendingPorts {
  ledger: Pick<LedgerReads, 'versions' | 'lock' | 'run'>;
  /** Tables that have transformation files. */
  knownTables(): Promise<string[]>;
  /**
   * @throws RunError InvalidInput: when no table can have the name
   * @throws RunError UnknownTable, NoTransformations, InvalidTransformation
   */
  describeTable(table: string): Promise<StartedTable>;
  isAlive(execution: string): Promise<boolean>;
}

/**
 * The tables with pending versions.
 *
 * @param asked these tables; undefined for all that have files and exist
 * @throws RunError those of planRun and describeTable: a pipeline fails before anything is written
 */
export async function findPending(asked: readonly string[] | undefined, ports: FindPendingPorts): Promise<PendingTable[]> {
  const found: PendingTable[] = [];
  for (const table of asked ?? (await ports.knownTables())) {
    const input = parseRunInput({ table });
    const described = await describeIfThere(table, asked === undefined, ports);
    if (!described) continue;
    const versions = await ports.ledger.versions(table);
    refuseReplaced(table, { tableName: described.shape.name, tableId: described.tableId }, versions);
    const steps = planRun(input, described.deployed, versions);
    if (steps.length === 0) continue;
    const run = await runUnderWay(table, ports);
    const doesTheSame = run?.direction === 'up' && areSameSteps(run.steps.slice(-steps.length), steps);
    found.push(run && doesTheSame ? { table, follow: run.execution } : { table });
  }
  return found;
}

/** A folder whose table is not in this stage is no fault when all tables are meant. */
async function describeIfThere(
  table: string,
  skipUnknown: boolean,
  { describeTable }: FindPendingPorts,
): Promise<StartedTable | undefined> {
  try {
    return await describeTable(table);
  } catch (error) {
    if (skipUnknown && error instanceof RunError && (error.name === 'UnknownTable' || error.name === 'InvalidInput')) return undefined;
    throw error;
  }
}

async function runUnderWay(table: string, { ledger, isAlive }: FindPendingPorts): Promise<Run | undefined> {
  const lock = await ledger.lock(table);
  if (!lock || lock.endedAt !== undefined || !(await isAlive(lock.execution))) return undefined;
  return ledger.run(table, lock.run);
}
