import { resolve } from 'node:path';
import * as z from 'zod';
import type { ServiceSettings } from '../config/contract.ts';
import type { LoadedConfig } from '../config/load-config.ts';
import { closestIssues } from '../config/problems.ts';
import { TableSchema } from '../config/schema.ts';

const Own = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 lower-case letters, digits and hyphens, and begin with a letter')
    .optional(),
  transformations: z.string().min(1).optional(),
  tables: z.record(z.string().min(1), TableSchema).optional(),
  tablesElsewhere: z.array(z.string()).optional(),
  deploy: z.boolean().default(true),
  autoRun: z.union([z.boolean(), z.literal('detach')], { error: 'must be true, false or detach' }).default(true),
});

/** Settings that both files may have. */
const shared = ['name', 'transformations', 'tables', 'tablesElsewhere'] as const;

/** What serverless.yml and `dynamodt.config.ts` say together, with defaults. */
export interface Configuration {
  /** Prefix of the names of the service. */
  name: string;
  /** The team's folder; relative to the folder of the service, or absolute. */
  transformations: string;
  tables: ServiceSettings['tables'];
  tablesElsewhere: readonly string[];
  deploy: boolean;
  autoRun: boolean | 'detach';
  /** All settings of `dynamodt.config.ts` for the stage, if there is one. */
  settings: ServiceSettings | undefined;
}

/**
 * @param given `custom.dynamodt` of serverless.yml
 * @param config `dynamodt.config.ts` in the folder of the service, if there is one
 * @throws Error: when fields are not valid, or stand in both files; the message names each of them
 */
export function parseConfiguration(given: unknown, config?: LoadedConfig): Configuration {
  const parsed = Own.safeParse(given ?? {});
  if (!parsed.success) {
    const problems = closestIssues(parsed.error, given).map(
      ({ path, message }) => `- ${['custom.dynamodt', ...path].join('.')}: ${message}`,
    );
    throw new Error(
      `The configuration of dynamodt in serverless.yml is not valid:\n${problems.join('\n')}\nIt may have name, transformations, tables, tablesElsewhere, deploy and autoRun: see node_modules/dynamodt/docs/coming-from-serverless.md.`,
    );
  }
  const own = parsed.data;
  if (config) refuseBoth(own, config);
  const settings = config?.settings;
  return {
    name: own.name ?? settings?.name ?? 'dynamodt',
    transformations:
      own.transformations ?? (config ? resolve(config.folder, config.settings.transformations ?? 'transformations') : 'transformations'),
    tables: own.tables ?? settings?.tables,
    tablesElsewhere: own.tablesElsewhere ?? settings?.tablesElsewhere ?? [],
    deploy: own.deploy,
    autoRun: own.autoRun,
    settings,
  };
}

/** One of two values would be ignored, and the command reads only `dynamodt.config.ts`. */
function refuseBoth(own: z.output<typeof Own>, { file, settings }: LoadedConfig): void {
  const twice = shared.filter((name) => own[name] !== undefined && settings[name] !== undefined);
  if (twice.length > 0)
    throw new Error(
      `${twice.map((name) => `custom.dynamodt.${name} of serverless.yml is also \`${name}\` of ${file}`).join('; ')}. Keep each setting in one of the files; the command reads only ${file}.`,
    );
}
