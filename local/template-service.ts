import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { prefixOf, resolveService, type TemplateFunction, type TemplateService } from './deploy/template/resolve-service.ts';
import { readServiceTemplate } from './deploy/template/service-template.ts';
import { codeFolder, definitionsFolder, unpackService } from './deploy/template/unpack-service.ts';
import { type Runtime, runtimeEnvironment } from './functions/function-environment.ts';
import { FunctionProcess } from './functions/function-process.ts';
import type { ServedService } from './served-service.ts';
import { mappingSettings } from './streams/mapping-settings.ts';

export interface TemplateServiceOptions {
  /** That `npx dynamodt template` wrote. */
  folder: string;
  runtime: Runtime;
  /** Names of tables by their folders, in place of those of the template. */
  tables: Readonly<Record<string, string>>;
  /** More variables for the functions. */
  extra: Record<string, string>;
  /** The version that the next deploy publishes. */
  nextVersion(): string;
  log(line: string): void;
}

const publisher = 'publish-catalog';
const publishSeconds = 60;

/** The service as CloudFormation would deploy it: its zips, the environment and the definitions of its template, and its own function that publishes the catalog. */
export function templateService({ folder, runtime, tables, extra, nextVersion, log }: TemplateServiceOptions): ServedService {
  const { names } = runtime;
  const deployed = new Map<string, Pick<TemplateService, 'catalog' | 'followed'> & { functions: Map<string, TemplateFunction> }>();
  let known: ReadonlySet<string> = new Set();

  const fileOf = (name: string, target: string): string => join(codeFolder(target, name), `${name}.mjs`);
  const environmentOf = (name: string, target: string): Record<string, string> => {
    const { memory = 128, environment = {} } = deployed.get(target)?.functions.get(name) ?? {};
    return {
      ...environment,
      ...runtimeEnvironment(runtime, name, memory),
      LAMBDA_TASK_ROOT: codeFolder(target, name),
      ...lookupTables(environment, tables),
      ...extra,
    };
  };

  return {
    source: folder,
    bundle: async (source, target) => {
      const template = await readServiceTemplate(source);
      if (prefixOf(template) !== names.prefix)
        throw new Error(
          `The template is of a service with another name, ${prefixOf(template)}: end local AWS and start it again, because it has the name ${names.prefix}.`,
        );
      const resolved = resolveService({ template, names, version: nextVersion() }, tables);
      const { functions, catalog, followed } = resolved;
      await unpackService(resolved, source, target);
      deployed.set(target, { functions: new Map(functions.map((one) => [one.name, one])), catalog, followed });
      known = new Set(functions.map(({ name }) => name));
      // What is in it was checked when the template was written.
      return { tables: {} };
    },
    publish: async (_, target) => {
      const process = new FunctionProcess(publisher, fileOf(publisher, target), environmentOf(publisher, target), log, () => {});
      try {
        const event = JSON.stringify({ RequestType: 'Update', ResourceProperties: deployed.get(target)?.catalog });
        await process.call(JSON.parse(event), {
          requestId: randomUUID(),
          functionArn: names.functionArn(publisher),
          timeout: publishSeconds,
        });
      } finally {
        process.kill();
      }
    },
    hasFunction: (name) => known.has(name),
    fileOf: (name, { folder: target }) => fileOf(name, target),
    environmentOf: (name, { folder: target }) => environmentOf(name, target),
    followed: ({ folder: target }) =>
      (deployed.get(target)?.followed ?? []).map(({ table, properties }) => ({ table, settings: mappingSettings(properties) })),
    definitionsIn: (deployment) => join(deployment?.folder ?? '', definitionsFolder),
  };
}

/** Tables to look things up in are in a variable. */
function lookupTables(environment: Record<string, string>, tables: Readonly<Record<string, string>>): Record<string, string> {
  const text = environment['DYNAMODT_LOOKUP_TABLES'];
  if (text === undefined) return {};
  const named = z.record(z.string(), z.string()).parse(JSON.parse(text));
  return {
    DYNAMODT_LOOKUP_TABLES: JSON.stringify(Object.fromEntries(Object.entries(named).map(([name, table]) => [name, tables[name] ?? table]))),
  };
}
