import { RunError } from '../core/errors.ts';
import type { Invocation } from './verb.ts';

export interface TableAsked {
  table: string;
  /** What the deployed service has for it; empty where that is nothing. */
  files: readonly { sequence: number }[];
}

/** The table that was asked for, or all of the catalog. @throws RunError UnknownTable, where neither catalog nor ledger knows it */
export const tablesAsked = async ({ table, service }: Pick<Invocation, 'table' | 'service'>): Promise<TableAsked[]> => {
  const tables = (await service.catalog())?.tables ?? {};
  if (table === undefined)
    return Object.entries(tables)
      .map(([name, { files }]) => ({ table: name, files }))
      .sort((a, b) => (a.table < b.table ? -1 : 1));
  if (Object.hasOwn(tables, table)) return [{ table, files: tables[table]?.files ?? [] }];
  const [versions, runs] = await Promise.all([service.ledger.versions(table), service.ledger.runs(table, 1)]);
  if (versions.length > 0 || runs.length > 0) return [{ table, files: [] }];
  const known = Object.keys(tables).sort().join(', ');
  throw new RunError(
    'UnknownTable',
    `The deployed service knows no table "${table}", and the ledger has nothing about it. ${known ? `It knows ${known}.` : 'It knows no table yet.'} Check the name, which is the name of its folder under transformations/, and deploy that folder.`,
  );
};
