import { RunError } from '../errors.ts';
import type { Transformation } from '../transformation/contract.ts';
import { insertsOrDeletes } from '../transformation/footprint.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { RunInput } from './run-input.ts';

/**
 * Refuses a table with replicas in other regions, where the last writer wins, unless the input accepts that.
 *
 * @throws RunError ReplicatedTable
 */
export function refuseReplicas(
  replicaRegions: readonly string[],
  { table, acceptLastWriterWins }: Pick<RunInput, 'table' | 'acceptLastWriterWins'>,
): void {
  if (replicaRegions.length > 0 && !acceptLastWriterWins)
    throw new RunError(
      'ReplicatedTable',
      `${table} has replicas in ${replicaRegions.join(', ')}, where the last writer wins: a write there can undo, or be undone by, a write of this run. Stop writing in other regions and pass acceptLastWriterWins, or use strong multi-region consistency, on which versions that seed, insert or delete items cannot run.`,
      { fields: { table, regions: replicaRegions } },
    );
}

/**
 * Refuses versions that need a transaction: seeds and moves are transactions, and so is putting an item back that a delete removed together
 * with an attribute that the decision had not seen.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
 *
 * @throws RunError TransactionsUnavailable
 */
export function refuseTransactions(
  { shape, isStronglyConsistent }: { shape: TableShape; isStronglyConsistent: boolean },
  table: string,
  transformations: readonly Pick<Transformation, 'seed' | 'declared' | 'sequence'>[],
): void {
  if (!isStronglyConsistent) return;
  const needy = transformations.find(({ seed, declared }) => seed !== undefined || insertsOrDeletes(declared));
  if (!needy) return;
  const what = needy.seed !== undefined ? 'seed' : needy.declared.inserts ? 'inserts' : needy.declared.deletes ? 'deletes' : 'writes';
  throw new RunError(
    'TransactionsUnavailable',
    `${table} v${needy.sequence} exports "${what}", which needs transactions, and DynamoDB allows none on a table with strongly consistent replicas. Change items in place (adds, overwrites, removes), and let the application insert and delete. Nothing was written.`,
    { fields: { table, tableName: shape.name, sequence: needy.sequence } },
  );
}
