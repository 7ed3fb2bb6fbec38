import type { Settings } from './schema.ts';

/** The names in AWS of the tables whose names are configured, by the names of their folders; also of tables that are only looked up in. */
export function tableNamesIn({ tables, lookupTables }: Pick<Settings, 'tables' | 'lookupTables'> = {}): Record<string, string> {
  const all = Object.entries({ ...lookupTables, ...tables });
  return Object.fromEntries(
    all.flatMap(([folder, table]) => {
      const name = typeof table === 'string' ? table : table.tableName;
      return name === undefined ? [] : [[folder, name]];
    }),
  );
}
