import { RunError } from '../errors.ts';
import type { Transformation } from '../transformation/contract.ts';
import type { LookupSource } from './lookup-port.ts';

/**
 * Finds the tables that files look things up in and that cannot be read.
 *
 * @param own logical name of the table that the files transform
 * @returns an error for each, UnknownTable
 */
export async function lookupProblems(
  own: string,
  transformations: readonly Transformation[],
  { port, tableNameOf }: Pick<LookupSource, 'port' | 'tableNameOf'>,
): Promise<RunError[]> {
  const asked = transformations.flatMap(({ file, sequence, lookups = {} }) =>
    Object.entries(lookups).map(([name, given]) => ({ name, file, sequence, table: typeof given === 'string' ? given : given.table })),
  );
  const others = [...new Set(asked.map(({ table }) => table))].filter((table) => table !== own);
  const problems = new Map(await Promise.all(others.map(async (table) => [table, await problemOf(table)] as const)));
  return asked.flatMap(({ name, file, sequence, table }) => {
    const problem = problems.get(table);
    if (!problem) return [];
    const { tableName, why } = problem;
    return new RunError('UnknownTable', `${file ?? `v${sequence}`} looks things up in ${table} as look.${name}, ${why}`, {
      fields: { table: own, tableName, sequence, file },
    });
  });

  async function problemOf(table: string): Promise<{ tableName: string; why: string } | undefined> {
    const tableName = await tableNameOf(table);
    const meant = tableName === table ? '' : ', its name in this stage';
    try {
      if (await port.describe(tableName)) return undefined;
    } catch (error) {
      if (!(error instanceof Error && /^AccessDenied/.test(error.name))) throw error;
      const why = `and the stack does not permit to read "${tableName}"${meant}. Give the table to the construct: \`lookupTables: { ${table}: … }\`.`;
      return { tableName, why };
    }
    const why = `and there is no table "${tableName}"${meant} in this account and region. Correct the name in \`lookups\`, or give the table to the construct: \`lookupTables: { ${table}: … }\`.`;
    return { tableName, why };
  }
}
