import * as z from 'zod';
import { type Names, namesOf } from '../../names.ts';
import { resourcesOf, type ServiceTemplate } from './service-template.ts';
import { isParameter, resolveValue, type Stack, textOf } from './stack-values.ts';

/** A function as the template describes it. */
export interface TemplateFunction {
  /** Such as `start-run`. */
  name: string;
  /** File in `assets/`. */
  asset: string;
  environment: Record<string, string>;
  memory: number;
}

/** What local AWS deploys of a template. */
export interface TemplateService {
  functions: TemplateFunction[];
  stateMachines: { name: string; asset: string; substitutions: Record<string, string> }[];
  /** The properties that CloudFormation gives to `publish-catalog`. */
  catalog: Record<string, unknown>;
  /** Physical names of the tables whose streams are followed, and how: the properties of their event source mappings. */
  followed: { table: string; properties: Record<string, unknown> }[];
}

const Strings = z.record(z.string(), z.string());
const Properties = z.object({ FunctionName: z.string().optional(), MemorySize: z.number().default(128) });
const Catalog = z.object({
  tables: z.record(z.string(), z.unknown()),
  lookupTables: z.record(z.string(), z.unknown()).default({}),
  follows: z.array(z.string()).default([]),
});

/** The names of the service that the template describes, as local AWS has them. */
export function namesIn(template: ServiceTemplate, region: string): Names {
  const names = namesOf(prefixOf(template), region);
  const variables = functionVariables({ template, names, version: '1' }, 'start-run');
  return {
    ...names,
    ledger: variables['DYNAMODT_LEDGER'] ?? names.ledger,
    bucket: variables['DYNAMODT_BUCKET'] ?? names.bucket,
    // The key of the configuration, if it has one.
    keyArn: variables['DYNAMODT_KEY'] ?? names.keyArn,
  };
}

/**
 * Resolves what the template says of functions, state machines and the catalog.
 *
 * @param tables names of tables by their folders, in place of those of the template; a table that is a parameter has the name of its folder
 * @throws Error: when the template has no such folder, or needs what local AWS does not have
 */
export function resolveService(stack: Stack, tables: Readonly<Record<string, string>>): TemplateService {
  const { template } = stack;
  const prefix = prefixOf(template);
  const [properties = {}] = resourcesOf(template, 'Custom::DynamodtCatalog');
  const { ServiceToken: _, tables: __, lookupTables: ___, code: ____, ...others } = properties;
  const asked = Catalog.parse(properties);
  const known = { ...asked.tables, ...asked.lookupTables };
  const unknown = Object.keys(tables).find((folder) => !(folder in known));
  if (unknown !== undefined)
    throw new Error(`--table ${unknown}=${tables[unknown]}: the template has only the tables ${Object.keys(known).join(', ')}.`);
  const namesIn = (given: Record<string, unknown>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(given).map(([folder, value]) => [
        folder,
        tables[folder] ?? (isParameter(template, value) ? folder : textOf(stack, value)),
      ]),
    );
  const physical = namesIn(asked.tables);
  // All of them are alike but for their streams, which are others here.
  const [mapping = {}] = resourcesOf(template, 'AWS::Lambda::EventSourceMapping');
  return {
    functions: resourcesOf(template, 'AWS::Lambda::Function').flatMap((lambda) => {
      const { FunctionName, MemorySize } = Properties.parse(lambda);
      // CDK's own have no name: with `removalPolicy: destroy`, one empties the bucket before CloudFormation deletes it.
      if (FunctionName === undefined) return [];
      const name = FunctionName.slice(prefix.length + 1);
      // CloudFormation calls it, and it calls publish-catalog, as local AWS does without it.
      if (name === 'catalog-provider') return [];
      return [{ name, asset: assetOf(lambda['Code']), environment: functionVariables(stack, name), memory: MemorySize }];
    }),
    stateMachines: resourcesOf(template, 'AWS::StepFunctions::StateMachine').map((machine) => ({
      name: textOf(stack, machine['StateMachineName']).slice(prefix.length + 1),
      asset: assetOf(machine['DefinitionS3Location']),
      substitutions: Strings.parse(resolveValue(stack, machine['DefinitionSubstitutions'])),
    })),
    catalog: {
      ...z.record(z.string(), z.unknown()).parse(resolveValue(stack, others)),
      tables: physical,
      lookupTables: namesIn(asked.lookupTables),
    },
    followed: asked.follows.map((folder) => ({ table: physical[folder] ?? folder, properties: mapping })),
  };
}

/** `dynamodt`, the name of the service. */
export function prefixOf(template: ServiceTemplate): string {
  const names = resourcesOf(template, 'AWS::StepFunctions::StateMachine').map(({ StateMachineName }) => String(StateMachineName));
  return names.find((name) => name.endsWith('-transform-table'))?.replace(/-transform-table$/, '') ?? '';
}

function functionVariables(stack: Stack, name: string): Record<string, string> {
  const functionName = `${prefixOf(stack.template)}-${name}`;
  const lambda = resourcesOf(stack.template, 'AWS::Lambda::Function').find(({ FunctionName }) => FunctionName === functionName);
  const { Variables } = z.object({ Variables: z.record(z.string(), z.unknown()).default({}) }).parse(lambda?.['Environment'] ?? {});
  return Strings.parse(resolveValue(stack, Variables));
}

/** The file that the location names, whatever bucket and prefix are given: its name ends with a hash. */
function assetOf(location: unknown): string {
  const [name] = /[\w-]+-[0-9a-f]{16}\.(zip|json)/.exec(JSON.stringify(location ?? null)) ?? [];
  if (name === undefined)
    throw new Error('The template does not say where the code is: write it again, with the version of dynamodt that reads it.');
  return name;
}
