/** Options that contain tables, by their names. */
interface TableOptions {
  lookups?: Readonly<Record<string, object>>;
  writes?: Readonly<Record<string, object>>;
}

/**
 * Refuses options of `check` that mean nothing. In JavaScript no compiler finds a misspelt one, and a test that ignores it passes without what it should try.
 *
 * @param names of the options that there are
 * @throws Error: names what is unknown, and what there is
 */
export function refuseOptions(options: TableOptions, names: readonly string[]): void {
  refuseOthers(options, names, 'check has');
  for (const [table, given] of Object.entries(options.writes ?? {}))
    refuseOthers(given, ['keys', 'items'], `\`writes\` of check has, for ${table},`);
  for (const [name, given] of Object.entries(options.lookups ?? {}))
    if (!Array.isArray(given)) refuseOthers(given, ['rows', 'keys', 'indexes'], `\`lookups\` of check has, for ${name},`);
}

function refuseOthers(given: object, names: readonly string[], where: string): void {
  const other = Object.keys(given).find((name) => !names.includes(name));
  if (other !== undefined) throw new Error(`${where} an option "${other}", which means nothing. There are ${names.join(', ')}.`);
}
