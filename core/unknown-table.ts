import { RunError } from './errors.ts';

/**
 * @param tableName physical name
 * @param table logical name, if that is known
 * @param check what to look at, in an imperative clause
 */
export function unknownTable(tableName: string, table: string | undefined, check: string): RunError {
  const meant = table === undefined || table === tableName ? '' : ` (for ${table})`;
  return new RunError('UnknownTable', `There is no table "${tableName}"${meant} in this account and region. Check ${check}.`, {
    fields: { table, tableName },
  });
}
