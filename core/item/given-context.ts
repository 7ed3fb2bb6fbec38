import type { TransformContext } from '../transformation/contract.ts';
import { isSecret } from '../transformation/parameters/secret.ts';
import { isStandardSchema } from '../transformation/parameters/standard-schema.ts';
import type { VersionFields } from './version-fields.ts';

/** What the functions need beside the item. What is left out is asked for by the error of the function that uses it. */
export interface UpgradeOptions {
  /** Values for the parameters of versions, by sequence, over the defaults of their files: `{ 3: { days: 30 } }`. They are not checked. */
  parameters?: Readonly<Record<number, Readonly<Record<string, unknown>>>>;
  /** What `prepare` gathered, by the sequence of its version. */
  preparation?: Readonly<Record<number, unknown>>;
  /** Says for versions with `only`, by sequence, whether they are about an item. */
  only?: Readonly<Record<number, Includes>>;
  /** What else functions use of their context, such as `look`; the same for all versions. */
  context?: Partial<Omit<TransformContext, 'parameters' | 'preparation' | 'sequence' | 'direction' | 'dryRun'>>;
}

/** As the type of a method, it also takes a function of narrower items. */
type Includes = { includes(item: object): boolean }['includes'];

const asked = ['table', 'tableName', 'tableNameOf', 'look', 'documentClient', 'startedAt'] as const;

/** The context with which a version is called. Reading what is neither given nor known is an error that says what to give. */
export function givenContext(version: VersionFields, options: UpgradeOptions): object {
  const { sequence } = version;
  const { preparation = {}, context: given } = options;
  const context = { log: () => {}, ...given, sequence, direction: 'up', dryRun: false, parameters: parametersOf(version, options) };
  for (const name of asked) if (!given || given[name] === undefined) refuse(context, name, `v${sequence}`, `context: { ${name}: … }`);
  if (Object.hasOwn(preparation, sequence)) return { ...context, preparation: preparation[sequence] };
  if (version.hasPrepare) refuse(context, 'preparation', `v${sequence}`, `preparation: { ${sequence}: … }`);
  return context;
}

function parametersOf({ sequence, parameters: declared }: VersionFields, { parameters = {} }: UpgradeOptions): object {
  const given = parameters[sequence] ?? {};
  const values: Record<string, unknown> = {};
  const isSchema = isStandardSchema(declared);
  for (const [name, field] of Object.entries(!isSchema && isObject(declared) ? declared : {})) {
    const value = isSecret(field) ? field.secret : field;
    if (value === undefined || isStandardSchema(value)) {
      if (!Object.hasOwn(given, name))
        refuse(values, name, `v${sequence}`, `parameters: { ${sequence}: { ${name}: … } }`, `context.parameters.${name}`);
    } else values[name] = value;
  }
  if (!isSchema || parameters[sequence]) return Object.assign(values, given);
  return new Proxy(values, {
    get: (_, name) => {
      throw notGiven(`v${sequence}`, 'context.parameters', `parameters: { ${sequence}: { ${String(name)}: … } }`);
    },
  });
}

/** Not enumerable, so that a copy of the context reads nothing. */
function refuse(target: object, name: string, version: string, option: string, what = `context.${name}`): void {
  Object.defineProperty(target, name, {
    configurable: true,
    get: () => {
      throw notGiven(version, what, option);
    },
  });
}

function notGiven(version: string, what: string, option: string): Error {
  return new Error(`${version} uses ${what}, which is not known outside of a run. Give it in the options: \`{ ${option} }\`.`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
