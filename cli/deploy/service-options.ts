import type { Command } from 'commander';
import * as z from 'zod';
import { UsageError } from '../usage-error.ts';
import type { Invocation } from '../verb.ts';
import type { AskedService } from './template-writer.ts';

const Options = z.object({ transformations: z.string(), table: z.union([z.string(), z.array(z.string())]).optional() });

export function addServiceOptions(command: Command): void {
  command
    .option('--transformations <dir>', 'folder of the transformations', 'transformations')
    .option('--table <Users=prod-users>', 'a folder and its table, if there is no configuration; can be repeated', several);
}

/** Collects the values of a flag that can be repeated. */
export function several(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** @throws UsageError: if a table is named as for other verbs */
export function serviceAsked({ table, options, service }: Invocation, verb: string): AskedService {
  if (table !== undefined)
    throw new UsageError(
      `\`${verb}\` is about the whole service: leave out ${table}. Its tables are those of dynamodt.config.ts, or of --table Users=prod-users.`,
    );
  const { transformations, table: tables = [] } = Options.parse(options);
  return { name: service.name, transformations, tables: [tables].flat() };
}
