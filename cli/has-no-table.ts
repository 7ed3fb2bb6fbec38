import type { DeployedService } from '../aws/operator/deployed-service.ts';
import { RunError } from '../core/errors.ts';
import type { Version } from '../core/ledger/versions/version.ts';
import { refuseImpossibleName } from '../core/run/run-input.ts';
import type { TableAsked } from './tables-asked.ts';

/**
 * True if a folder has no table in this stage, as transform-all sees it, which leaves such a table out. A caller that may not describe the table
 * does not know. What was applied to a table says that there was one.
 */
export async function hasNoTable(
  service: Pick<DeployedService, 'tables'>,
  { table, tableName = table }: Pick<TableAsked, 'table' | 'tableName'>,
  versions: readonly Version[],
): Promise<boolean> {
  if (versions.length > 0) return false;
  try {
    refuseImpossibleName(table, tableName);
    await service.tables.id(tableName);
    return false;
  } catch (error) {
    return error instanceof RunError;
  }
}
