import { RunError } from '../../errors.ts';
import { isInTable, type Version } from '../../ledger/versions/version.ts';
import type { FileWarning } from '../file-warnings.ts';

/**
 * True if the version was recorded for another table than the one that has the name now. If either id is not known, nothing is: a ledger
 * from before knows no ids until the next run.
 */
export function isOfOtherTable({ tableId: recorded }: Pick<Version, 'tableId'>, tableId: string | undefined): boolean {
  return recorded !== undefined && tableId !== undefined && recorded !== tableId;
}

/** Versions that the ledger has in the table, but in another table than the one that has the name now. */
function replacedVersions(versions: readonly Version[], tableId: string | undefined): Version[] {
  return versions.filter((version) => isInTable(version) && isOfOtherTable(version, tableId));
}

/**
 * Refuses a table that was made anew, restored or exchanged since versions were applied to it, as it need not have them.
 *
 * @param table logical name
 * @throws RunError TableReplaced
 */
export function refuseReplaced(
  table: string,
  { tableName, tableId }: { tableName: string; tableId: string | undefined },
  versions: readonly Version[],
): void {
  const error = replacedTable(table, { tableName, tableId }, versions);
  if (error) throw error;
}

/** The same, as `status` warns of it. */
export function replacementWarning(
  table: string,
  present: { tableName: string; tableId: string | undefined },
  versions: readonly Version[],
): FileWarning[] {
  const error = replacedTable(table, present, versions);
  return error ? [{ name: error.name, sequence: error.fields.sequence ?? 0, message: error.message }] : [];
}

/** What `status` warns of if no table has the name any more to which versions were applied. */
export function goneWarning(table: string, tableName: string, versions: readonly Version[]): FileWarning[] {
  const lost = versions.filter(isInTable);
  const [first] = lost;
  if (!first) return [];
  const names = lost.map(({ sequence }) => `v${sequence}`).join(', ');
  return [
    {
      name: 'UnknownTable',
      sequence: first.sequence,
      message: `The ledger has ${names} of ${table} as ${lost.length === 1 ? 'a version' : 'versions'} of the table "${tableName}", and there is no such table in this account and region: it was deleted, or ${table} is another table in this deployment. Runs are refused until it is there. When it is restored or made anew, \`dynamodt status ${table}\` says how to tell the ledger.`,
    },
  ];
}

function replacedTable(
  table: string,
  { tableName, tableId }: { tableName: string; tableId: string | undefined },
  versions: readonly Version[],
): RunError | undefined {
  const replaced = replacedVersions(versions, tableId);
  const [first] = replaced;
  if (!first) return undefined;
  const names = replaced.map(({ sequence }) => `v${sequence}`).join(', ');
  return new RunError(
    'TableReplaced',
    `Table "${tableName}" is not the table to which ${table} ${names} ${replaced.length === 1 ? 'was' : 'were'} applied: that one was deleted, restored under this name, or ${table} now stands for another table, so nobody knows which versions it has. If it was restored from a backup, \`dynamodt baseline ${table} --as-of <time of the backup>\` keeps what was applied by then. If it is new, \`dynamodt reset ${table}\` makes all versions pending. If it has the same items, \`dynamodt reset ${table} --same-table\` keeps all. Nothing was written.`,
    { fields: { table, tableName, sequence: first.sequence } },
  );
}
