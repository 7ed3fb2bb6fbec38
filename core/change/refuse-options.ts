/** Options that contain tables, by their names. */
interface TableOptions {
  lookups?: Readonly<Record<string, object>>;
  writes?: Readonly<Record<string, object>>;
}

/**
 * Refuses options of `check` that mean nothing. In JavaScript no compiler finds a misspelt one, and a test that ignores it passes without what it should try.
 *
 * @param names of the options that there are
 * @throws Error: names what is unknown, or missing, and what there is
 */
export function refuseOptions(options: TableOptions, names: readonly string[]): void {
  const other = Object.keys(options).find((name) => !names.includes(name));
  if (other !== undefined) throw new Error(`check has an option "${other}", which means nothing. There are ${names.join(', ')}.`);
  for (const [table, given] of Object.entries(options.writes ?? {})) refuseWithout(given, 'keys', `writes: { ${table}: { keys: ['…'] } }`);
  for (const [name, given] of Object.entries(options.lookups ?? {}))
    if (!Array.isArray(given)) refuseWithout(given, 'rows', `lookups: { ${name}: { rows: […] } }`);
}

function refuseWithout(given: object, name: string, form: string): void {
  if (!Array.isArray(Reflect.get(given, name))) throw new Error(`check is given a table without its ${name}. Write \`${form}\`.`);
}
