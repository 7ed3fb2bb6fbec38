import { statSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from './config-error.ts';
import { problemsIn } from './problems.ts';
import { type Config, ConfigSchema, type Settings } from './schema.ts';

/** A configuration that was read, for one stage. */
export interface LoadedConfig {
  /** As messages name it: relative to the working directory if it was found there. */
  file: string;
  /** Absolute; `transformations` is relative to it. */
  folder: string;
  /** Of all stages, with what the stage adds and replaces. */
  settings: Settings;
  /** Names of the stages; empty if the configuration has none. */
  stages: readonly string[];
  /** The chosen stage; undefined if the configuration is the same for all of them. */
  stage: string | undefined;
}

/** What a caller asks for. */
export interface Asked {
  file?: string | undefined;
  stage?: string | undefined;
  /** True if the stage is that of another tool, so that a configuration without stages is for each of them. */
  hasOwnStages?: boolean;
}

const names = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs', 'json'].map((extension) => `dynamodt.config.${extension}`);

/**
 * Reads the configuration of a folder, and what it says of a stage.
 *
 * 1. Find the file: `asked`, or the one `dynamodt.config.*` of the folder.
 * 2. Bundle and import it; a function is called with the stage.
 * 3. Check it: each setting that is unknown or of a wrong kind is a problem.
 * 4. Take the settings of all stages together with those of the stage.
 *
 * @returns undefined if the folder has no configuration
 * @throws ConfigError: if there are two, or the one cannot be used
 */
export async function loadConfig(folder: string, asked: Asked): Promise<LoadedConfig | undefined> {
  const file = asked.file ?? (await findConfig(folder));
  if (file === undefined) return undefined;
  const path = resolve(folder, file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new ConfigError(`There is no file ${file}. Name the configuration with --config, or leave the flag out.`);
  if (found.isDirectory()) throw new ConfigError(`${file} is a folder. Name the file in it with --config, or leave the flag out.`);
  const exported: unknown = path.endsWith('.json') ? await readJson(file, path) : await importConfig(file, path);
  const given = isFunction(exported) ? await called(file, exported, asked.stage) : exported;
  const parsed = ConfigSchema.safeParse(given);
  if (!parsed.success)
    throw new ConfigError(
      `${file} is not valid: ${problemsIn(parsed.error, given).join('; ')}. Correct it; node_modules/dynamodt/docs/configuration.md lists all settings.`,
    );
  const stages = Object.keys(parsed.data.stages ?? {});
  if (asked.stage !== undefined && stages.length > 0 && !stages.includes(asked.stage))
    throw new ConfigError(
      `${file} has no stage ${asked.stage}; it has ${stages.join(', ')}. Name one of them with --stage, or add it to \`stages\`.`,
    );
  const isForAllStages = stages.length === 0 && given === exported;
  if (asked.stage !== undefined && isForAllStages && !asked.hasOwnStages)
    throw new ConfigError(
      `${file} has no \`stages\`, so there is no stage ${asked.stage}. Add them, or leave --stage and DYNAMODT_STAGE out.`,
    );
  const stage = isForAllStages ? undefined : asked.stage;
  return { file, folder: dirname(path), settings: settingsOf(parsed.data, stage), stages, stage };
}

async function findConfig(folder: string): Promise<string | undefined> {
  const present = await readdir(folder).catch((): string[] => []);
  const found = names.filter((name) => present.includes(name));
  if (found.length > 1)
    throw new ConfigError(`There are two configurations: ${found.join(' and ')}. Remove one, or name the one that is meant with --config.`);
  return found[0];
}

async function called(file: string, config: (...given: unknown[]) => unknown, stage: string | undefined): Promise<unknown> {
  try {
    return await config({ stage });
  } catch (error) {
    throw new ConfigError(`The function of ${file} throws${stage === undefined ? '' : ` for the stage ${stage}`}: ${told(error)}`, {
      cause: error,
    });
  }
}

async function readJson(file: string, path: string): Promise<unknown> {
  try {
    // Editors on Windows begin a file with a byte order mark.
    return JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ConfigError(`${file} is not JSON: ${told(error)}`, { cause: error });
  }
}

/** What the file exports by default, as ES module or as `module.exports`. */
async function importConfig(file: string, path: string): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-config-'));
  try {
    const { bundleConfig } = await import('../bundle/bundle-config.ts');
    const problem = await bundleConfig(path, join(folder, 'config.mjs'));
    if (problem !== undefined) throw new ConfigError(`${file} does not compile: ${problem}`);
    const { default: exported } = await import(pathToFileURL(join(folder, 'config.mjs')).href).catch((error: unknown) => {
      throw new ConfigError(`${file} throws when it is loaded: ${told(error)}`, { cause: error });
    });
    const value = isCompiled(exported) ? exported.default : exported;
    if (value === undefined)
      throw new ConfigError(
        `${file} exports no configuration: it needs \`export default defineConfig({ tables: { … } })\`, or \`module.exports = { … }\`.`,
      );
    return value;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isFunction(exported: unknown): exported is (...given: unknown[]) => unknown {
  return typeof exported === 'function';
}

/** An ES module that was compiled to CommonJS. */
function isCompiled(exported: unknown): exported is { default: unknown } {
  return typeof exported === 'object' && exported !== null && '__esModule' in exported && 'default' in exported;
}

function told(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function settingsOf({ stages, ...all }: Config, stage: string | undefined): Settings {
  const own = (stage === undefined ? undefined : stages?.[stage]) ?? {};
  const both = { ...all, ...own };
  for (const key of ['tables', 'lookupTables', 'environment'] as const)
    if (all[key] && own[key]) Object.assign(both, { [key]: { ...all[key], ...own[key] } });
  if (all.flags && own.flags) {
    const verbs = [...new Set([...Object.keys(all.flags), ...Object.keys(own.flags)])];
    both.flags = Object.fromEntries(verbs.map((verb) => [verb, { ...all.flags?.[verb], ...own.flags?.[verb] }]));
  }
  return both;
}
