import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandOptions } from './framework.ts';

export type VerbName = 'init' | 'prepare' | 'up' | 'down' | 'history' | 'status';

export interface Stage {
  /** Prefix of the deployed service. */
  name: string;
  /** The team's folder, absolute. */
  transformations: string;
  /** Names of the folders of the service's tables. */
  tables: readonly string[];
}

/**
 * The calls of `dynamodt` for a verb of the plugin, in order. If a verb of the command takes only one table, it is called once for each table.
 *
 * @param options parsed by `sls`
 */
export function verbArguments(verb: VerbName, options: CommandOptions, { name, transformations, tables }: Stage): string[][] {
  const { table, tNumber, dry } = options;
  const ofService = ['--name', name];
  const version = tNumber === undefined ? [] : ['--tNumber', String(tNumber)];
  const flags = [...version, ...(dry ? ['--dry'] : [])];
  const hasFiles = (folder: string): boolean =>
    existsSync(join(transformations, folder)) && readdirSync(join(transformations, folder)).some((file) => /^v\d/.test(file));
  if (verb === 'init') {
    const meant = table === undefined ? tables.filter((folder) => !hasFiles(folder)) : [String(table)];
    return meant.map((folder) => [verb, folder, '--transformations', transformations, ...ofService]);
  }
  if (table !== undefined) return [[verb, String(table), ...flags, ...ofService]];
  return dry ? tables.filter(hasFiles).map((folder) => [verb, folder, ...flags, ...ofService]) : [[verb, ...flags, ...ofService]];
}
