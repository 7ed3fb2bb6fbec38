import { RunError } from '../errors.ts';
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
      `${table} has replicas in ${replicaRegions.join(', ')}, where the last writer wins: a write there can undo, or be undone by, a write of this run. Stop writing in other regions and pass acceptLastWriterWins, or use strong multi-region consistency.`,
      { fields: { table, regions: replicaRegions } },
    );
}
