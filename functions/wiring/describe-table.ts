import { readTableDetails } from '../../aws/table/table-details.ts';
import { refuseImpossibleName } from '../../core/run/run-input.ts';
import type { StartedTable } from '../../core/run/starting/start-ports.ts';
import { unknownTable } from '../../core/unknown-table.ts';
import { retryingClient } from './clients/retrying-client.ts';
import { loadAll, squashedVersions } from './deployed-transformations.ts';
import { environment } from './environment.ts';
import type { PublishedTables } from './published-tables.ts';

/**
 * A table and its deployed files.
 *
 * @param mayHaveNoFiles if true, a table without files is no error
 * @throws RunError InvalidInput: when no table of DynamoDB can have its name
 * @throws RunError UnknownTable: when the table does not exist
 * @throws RunError NoTransformations: when the table has no deployed file
 * @throws RunError InvalidTransformation: when a deployed file is not valid
 */
export async function describeTable(table: string, published: PublishedTables, mayHaveNoFiles = false): Promise<StartedTable> {
  const tableName = published.tableName(table);
  refuseImpossibleName(table, tableName);
  const details = await readTableDetails(retryingClient, tableName);
  if (!details) throw unknownTable(tableName, table, 'the name, which is the name of its folder under transformations/, and the stage');
  const deployed = await loadAll(table, details.shape, mayHaveNoFiles);
  return {
    ...details,
    indexLagMs: environment.indexLagMs,
    deployed,
    squashed: await squashedVersions(table),
    follows: published.follows(table),
    stageParameters: published.parameters(table),
  };
}
