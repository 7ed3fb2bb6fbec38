import { RunError } from '../core/errors.ts';
import { ownValue } from '../core/own-value.ts';
import { type PublishedFile, workerMemoryOf } from '../core/transformation/catalog.ts';
import { UsageError } from './usage-error.ts';
import type { Invocation } from './verb.ts';

export interface TableAsked {
  table: string;
  /** Physical name; undefined if the deployed service does not know the table. */
  tableName?: string;
  /** True if the deployed service follows the table's stream. */
  follows?: boolean | undefined;
  /** Memory of a worker, in GB. */
  workerMemory: number;
  /** Files that the deployed service has for the table; empty if it has none. */
  files: readonly PublishedFile[];
}

/**
 * The table that was named, or all tables of the catalog.
 *
 * @throws RunError UnknownTable: if neither the catalog nor the ledger knows the table
 */
export async function tablesAsked({ table, service }: Pick<Invocation, 'table' | 'service'>): Promise<TableAsked[]> {
  const catalog = await service.catalog();
  const tables = catalog?.tables ?? {};
  const workerMemory = workerMemoryOf(catalog);
  if (table === undefined)
    return Object.entries(tables)
      .map(([name, known]) => ({ table: name, workerMemory, ...known }))
      .sort((a, b) => (a.table < b.table ? -1 : 1));
  const known = ownValue(tables, table);
  if (known) return [{ table, workerMemory, ...known }];
  const [versions, runs] = await Promise.all([service.ledger.versions(table), service.ledger.runs(table, 1)]);
  if (versions.length > 0 || runs.length > 0) return [{ table, workerMemory, files: [] }];
  const names = Object.keys(tables).sort().join(', ');
  throw new RunError(
    'UnknownTable',
    `The deployed service knows no table "${table}", and the ledger has nothing about it. ${names ? `It knows ${names}.` : 'It knows no table yet.'} Check the name, which is the name of its folder under transformations/, and deploy that folder.`,
    { fields: { table } },
  );
}

/**
 * The table that a verb needs.
 *
 * @throws UsageError: if no table was named
 * @throws RunError UnknownTable: if neither the catalog nor the ledger knows the table
 */
export async function oneTableAsked(invocation: Pick<Invocation, 'table' | 'service'>, verb: string): Promise<TableAsked> {
  if (invocation.table === undefined) throw new UsageError(`Say which table to ${verb}: \`dynamodt ${verb} Users\`.`);
  const [asked] = await tablesAsked(invocation);
  return asked ?? { table: invocation.table, workerMemory: workerMemoryOf(undefined), files: [] };
}
