import { RunError } from '../errors.ts';
import { areSameSteps, type Run } from '../ledger/run.ts';
import { planRun } from './plan-run.ts';
import type { LedgerReads } from './records/ledger-port.ts';
import { parseRunInput, type RunInput } from './run-input.ts';
import type { StartedTable } from './starting/start-ports.ts';
import { refuseReplaced } from './versions/replaced-table.ts';

/** A table to take up; `follow` is the execution that is doing it already. */
export interface PendingTable {
  table: string;
  follow?: string;
}

export interface FindPendingPorts {
  ledger: Pick<LedgerReads, 'versions' | 'hold' | 'lock' | 'run'>;
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
 * The tables with pending versions, and last those that a start would refuse: their own executions say why, and keep no other table from
 * its run.
 *
 * @param asked these tables; undefined for all that have files and exist
 * @throws RunError InvalidInput: when no table can have a name that was asked for
 * @throws RunError those of planRun and describeTable: when the one table that is refused is the only one to take up
 */
export async function findPending(asked: readonly string[] | undefined, ports: FindPendingPorts): Promise<PendingTable[]> {
  const found: PendingTable[] = [];
  const refused: { table: string; error: RunError }[] = [];
  for (const table of asked ?? (await ports.knownTables())) {
    const input = parseRunInput({ table });
    try {
      const pending = await pendingTable(input, asked === undefined, ports);
      if (pending) found.push(pending);
    } catch (error) {
      // A fault of AWS is none of the table's: this look at the tables is repeated.
      if (!(error instanceof RunError) || error.name === 'AwsUnavailable') throw error;
      refused.push({ table, error });
    }
  }
  const [only] = refused;
  if (only && found.length === 0 && refused.length === 1) throw only.error;
  return [...found, ...refused.map(({ table }) => ({ table }))];
}

async function pendingTable(input: RunInput, skipUnknown: boolean, ports: FindPendingPorts): Promise<PendingTable | undefined> {
  const { table } = input;
  const described = await describeIfThere(table, skipUnknown, ports);
  if (!described) return undefined;
  const [versions, hold] = await Promise.all([ports.ledger.versions(table), ports.ledger.hold(table)]);
  refuseReplaced(table, { tableName: described.shape.name, tableId: described.tableId }, versions);
  const steps = planRun(input, described.deployed, versions, hold);
  if (steps.length === 0) return undefined;
  const run = await runUnderWay(table, ports);
  const doesTheSame = run?.direction === 'up' && areSameSteps(run.steps.slice(-steps.length), steps);
  return run && doesTheSame ? { table, follow: run.execution } : { table };
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
