import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Checked, check } from '../../core/change/check-transformation.ts';
import { checkExports } from '../../core/transformation/check-exports.ts';
import type { Item, Transformation } from '../../core/transformation/contract.ts';
import { packageRoot } from '../../infra/package-root.ts';

/** What the fixtures.ts beside an example exports. */
export interface Fixtures {
  /** Names of the key attributes. */
  keys: readonly string[];
  /** By the name of an index, those of its key attributes. */
  indexes?: Readonly<Record<string, readonly string[]>>;
  before: readonly Item[];
  after: readonly Item[];
  /** What down leaves, if that is not `before`. */
  back?: readonly Item[];
  /** What a run `again` makes of `after`, if that is something else. */
  afterAgain?: readonly Item[];
  /** As `check` takes them. */
  lookups?: Readonly<Record<string, { keys: readonly string[]; rows: readonly Item[] }>>;
  writes?: Readonly<Record<string, { keys: readonly string[]; items: readonly Item[]; after: readonly Item[]; back?: readonly Item[] }>>;
  parameters?: Readonly<Record<string, unknown>>;
  preparation?: unknown;
  /** Variables of the functions. */
  environment?: Readonly<Record<string, string>>;
  /** When the run begins, in milliseconds since 1970. */
  startedAt?: number;
}

/** A transformation under examples/, and its fixtures. */
export interface Example {
  table: string;
  /** `Members/v1_unique_emails.ts` */
  file: string;
  exported: object;
  transformation: Transformation;
  fixtures: Fixtures;
}

const examplesFolder = join(packageRoot, 'examples/transformations');

/** The first version in each folder. */
export const exampleFiles: readonly { table: string; file: string }[] = readdirSync(examplesFolder).flatMap((table) =>
  readdirSync(join(examplesFolder, table))
    .filter((name) => /^v\d/.test(name))
    .map((name) => ({ table, file: `${table}/${name}` })),
);

export async function loadExample({ table, file }: { table: string; file: string }): Promise<Example> {
  const exported: object = await import(join(examplesFolder, file));
  const fixtures: Fixtures = await import(join(examplesFolder, table, 'fixtures.ts'));
  return { table, file, exported, transformation: checkExports(exported, file), fixtures };
}

/** Does something with the variables of an example. */
async function inEnvironment<T>(variables: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** What `check` of dynamodt/testing makes of the fixtures, or of other items. */
export function checkExample({ exported, fixtures }: Example, before: readonly Item[] = fixtures.before): Promise<Checked[]> {
  const { keys, indexes = {}, lookups, writes, parameters = {}, preparation, startedAt, environment = {} } = fixtures;
  const options = {
    keys,
    indexes,
    parameters,
    context: { ...(startedAt === undefined ? {} : { startedAt }), preparation },
    ...(lookups ? { lookups } : {}),
    ...(writes ? { writes } : {}),
  };
  return inEnvironment(environment, () => check(exported, before, options));
}
