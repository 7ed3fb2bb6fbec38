import { RunError } from '../errors.ts';
import type { RunInput } from './run-input.ts';

/** @throws RunError ReplicatedTable where the last writer wins in other regions, and that was not accepted */
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
