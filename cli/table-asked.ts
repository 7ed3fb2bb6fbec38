import { UsageError } from './usage-error.ts';

/** The table, by the positional or by `--table`, which means the same. @throws UsageError where they differ */
export function tableAsked(positional: string | undefined, spelled: string | undefined): string | undefined {
  if (positional !== undefined && spelled !== undefined && positional !== spelled)
    throw new UsageError(`The table is "${positional}" by position and "${spelled}" by --table. Give it once.`);
  const table = positional ?? spelled;
  if (table?.trim() === '') throw new UsageError('The name of the table is empty. Give the name of its folder under transformations/.');
  return table;
}
