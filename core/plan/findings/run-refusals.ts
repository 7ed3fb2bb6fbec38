import { RunError } from '../../errors.ts';
import { refuseReplicas, refuseTransactions } from '../../run/refuse-replicas.ts';
import { refuseUnbaselined } from '../../run/versions/refuse-unbaselined.ts';
import { refuseReplaced } from '../../run/versions/replaced-table.ts';
import { refuseSquashedAway } from '../../run/versions/squash-versions.ts';
import type { FilesByStatus } from '../files-by-status.ts';
import { isLoaded, type LocalFile } from '../local-file.ts';
import type { PlannedTable } from '../planned-table.ts';
import type { Finding } from '../table-plan.ts';
import { refusalOf } from './file-problems.ts';

/**
 * Why a run up would be refused, by what the ledger says of the versions and by what the table is.
 *
 * @param pending sequences of the planned versions that are not applied
 */
export async function runRefusals(
  planned: PlannedTable,
  status: FilesByStatus,
  pending: readonly number[],
  { acceptLastWriterWins }: { acceptLastWriterWins: boolean },
): Promise<Finding[]> {
  const { table, profile, versions, executedByPredecessor } = planned;
  const { shape, tableId, eventualRegions } = profile;
  const transformations = status.pending.filter(isLoaded).map(({ transformation }) => transformation);
  return [
    status.refusal,
    await squashRefusal(planned),
    refusalOf(() => refuseReplaced(table, { tableName: shape.name, tableId }, versions)),
    refusalOf(() => refuseReplicas(eventualRegions, { table, acceptLastWriterWins })),
    refusalOf(() => refuseTransactions(profile, table, transformations)),
    refusalOf(() => refuseUnbaselined(table, pending, versions, executedByPredecessor)),
  ].flatMap((refusal) => (refusal ? [{ name: refusal.name, message: refusal.message }] : []));
}

/** Without a deployed service nothing is known of what is applied. */
async function squashRefusal({ table, squashed = [], versions, catalog, sample }: PlannedTable): Promise<RunError | undefined> {
  if (!catalog) return undefined;
  try {
    await refuseSquashedAway(table, squashed, versions, async () => sample.images.length === 0);
    return undefined;
  } catch (error) {
    if (error instanceof RunError) return error;
    throw error;
  }
}

/** Values for parameters that a run would refuse. */
export function parameterProblems({ given }: PlannedTable, files: readonly LocalFile[]): Finding[] {
  return files.flatMap(({ sequence }) => {
    const found = given?.get(sequence);
    return found && 'refusal' in found ? [{ name: found.refusal.name, message: found.refusal.message, sequence }] : [];
  });
}
