import { RunError } from '../../errors.ts';
import { type BudgetLimit, budgetFor, type Throughput } from '../../ledger/budget.ts';
import type { OtherBudget } from '../../ledger/control.ts';
import type { Transformation } from '../../transformation/contract.ts';
import type { TableShape } from '../../values/table-shape.ts';
import { refuseReplicas, refuseTransactions } from '../refuse-replicas.ts';

/** What must be known of a table into which versions insert, beside that whose items they are for. */
export interface OtherTable {
  shape: TableShape;
  throughputs: readonly Throughput[];
  replicaRegions: readonly string[];
  isStronglyConsistent: boolean;
}

export interface OtherTables {
  /** By logical name; undefined if no version inserts into another table. */
  shapes: Record<string, TableShape> | undefined;
  budgets: Record<string, OtherBudget> | undefined;
}

/** A version that may write to other tables. */
type Writer = Pick<Transformation, 'declared' | 'file' | 'sequence' | 'seed'>;

/**
 * Describes the tables into which versions insert, and gives each a budget: what the run's input asks for, otherwise what it would be for a run
 * of that table.
 *
 * @param describe undefined if there is no table under that logical name
 * @throws RunError InvalidTransformation: when there is no such table, or it is the run's own
 * @throws RunError ReplicatedTable, TransactionsUnavailable
 */
export async function otherTables(
  asked: { table: string; acceptLastWriterWins: boolean; writeUnits?: BudgetLimit | undefined },
  own: TableShape,
  transformations: readonly Writer[],
  describe: (table: string) => Promise<OtherTable | undefined>,
): Promise<OtherTables> {
  const shapes: Record<string, TableShape> = {};
  const budgets: Record<string, OtherBudget> = {};
  for (const transformation of transformations)
    for (const name of transformation.declared.writes ?? []) {
      if (Object.hasOwn(shapes, name)) continue;
      const found = await describe(name);
      if (!found) throw noSuchTable(asked.table, transformation, name);
      if (found.shape.name === own.name) throw isOwnTable(asked.table, transformation, name);
      refuseReplicas(found.replicaRegions, { ...asked, table: name });
      refuseTransactions(found, name, [transformation]);
      shapes[name] = found.shape;
      const { writeUnits, writeUnitsSource } = budgetFor(asked, found.throughputs, [{ ...transformation.declared, inserts: true }]);
      budgets[name] = { writeUnits, writeUnitsSource };
    }
  return Object.keys(shapes).length > 0 ? { shapes, budgets } : { shapes: undefined, budgets: undefined };
}

function noSuchTable(table: string, { file, sequence }: Writer, name: string): RunError {
  return new RunError(
    'InvalidTransformation',
    `The transformation ${file} has "${name}" in writes, and there is no table of that name in this account and region. Give the table to the construct under this name, in \`tables\` or \`lookupTables\`, or correct the name. Nothing was written.`,
    { fields: { table, sequence, file } },
  );
}

function isOwnTable(table: string, { file, sequence }: Writer, name: string): RunError {
  return new RunError(
    'InvalidTransformation',
    `The transformation ${file} has "${name}" in writes, which is its own table. Remove it there, and declare inserts for items of this table. Nothing was written.`,
    { fields: { table, sequence, file } },
  );
}
