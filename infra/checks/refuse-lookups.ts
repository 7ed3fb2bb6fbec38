import { Token } from 'aws-cdk-lib';
import type { DeclaredLookup } from '../build/check-bundle.ts';
import type { TeamTable } from '../team-tables.ts';

/**
 * @param lookups what files look things up in
 * @param tables those that are transformed, @param lookupTables those that are given to be looked up in
 * @param isNamed whether the lookup tables are given by names
 * @throws Error: when a file looks things up in a table that the stack does not give
 */
export function refuseUngrantedLookups(
  lookups: readonly DeclaredLookup[],
  tables: readonly TeamTable[],
  lookupTables: readonly TeamTable[],
  isNamed: boolean,
): void {
  const physical = isNamed ? [] : lookupTables.map(({ table }) => table.tableName);
  // A name that only CloudFormation knows may be the one that a file says.
  if (physical.some((name) => Token.isUnresolved(name))) return;
  const given = new Set([...tables.map(({ name }) => name), ...(isNamed ? lookupTables.map(({ name }) => name) : physical)]);
  const missing = lookups.filter(({ table }) => !given.has(table));
  if (missing.length === 0) return;
  const lines = missing.map(({ file, name, table }) => `${file} looks things up in ${table} (look.${name})`);
  throw new Error(
    `Transformations need tables that the construct is not given, so that their functions could not read them:\n- ${lines.join('\n- ')}\nGive them by these names: \`lookupTables: { ${missing[0]?.table}: … }\`, or correct \`lookups\` in the files.`,
  );
}
