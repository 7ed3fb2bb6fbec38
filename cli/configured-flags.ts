import { relative, resolve } from 'node:path';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { type LoadedConfig, loadConfig } from '../config/load-config.ts';
import type { Settings } from '../config/schema.ts';
import { UsageError } from './usage-error.ts';
import type { Verb } from './verb.ts';

/** Flags of all verbs that are no options of a verb. */
export const globalFlags: readonly string[] = ['json', 'name', 'stage', 'config', 'region', 'profile'];

/** Flags that the environment can give; the SDK itself reads AWS_REGION and AWS_PROFILE. */
const variables = { name: 'DYNAMODT_NAME', stage: 'DYNAMODT_STAGE', config: 'DYNAMODT_CONFIG' };

/** Variables that take precedence over a profile. */
const keyVariables = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];

/** Where the command is called. */
export interface Where {
  /** Gets the region and the profile, since the SDK reads them there. */
  env: NodeJS.ProcessEnv;
  cwd: string;
}

/**
 * Completes a call of the command. A flag wins over the environment, the environment over `dynamodt.config.ts`, and that over the default.
 *
 * @throws UsageError: if the configuration cannot be used
 */
export async function configureCommand(
  verb: Verb,
  command: Command,
  verbs: readonly Verb[],
  { env, cwd }: Where,
): Promise<LoadedConfig | undefined> {
  for (const [flag, variable] of Object.entries(variables)) setDefault(command.parent, flag, env[variable] || undefined, 'env');
  const { config: file, stage, region, profile } = command.optsWithGlobals<Partial<Record<string, string>>>();
  useEnvironment(env, { region, profile }, true);
  const config = await loadConfig(cwd, { file, stage }).catch((error: unknown) => {
    throw error instanceof ConfigError ? new UsageError(error.message) : error;
  });
  if (!config) {
    if (stage !== undefined && command.getOptionValueSourceWithGlobals('stage') === 'cli')
      throw new UsageError(
        `There is no dynamodt.config.ts in this folder, so --stage ${stage} says nothing. Go to the folder that has it, or name it with --config.`,
      );
    return undefined;
  }
  const { settings } = config;
  refuseUnknownVerbs(config, verbs);
  for (const [name, value] of Object.entries(settings.flags?.[verb.name] ?? {})) setFlag(command, config, verb, name, value);
  if (config.stages.length > 0 && stage === undefined && !verb.worksWithoutStage?.(command.opts()))
    throw new UsageError(`${config.file} has several stages. Say which: --stage ${config.stages.join(', --stage ')}.`);
  useEnvironment(env, settings, false);
  setDefault(command.parent, 'name', settings.name);
  setDefault(command, 'transformations', relative(cwd, resolve(config.folder, settings.transformations ?? 'transformations')) || '.');
  return config;
}

/** @param wins true if the values win over what the environment has */
function useEnvironment(env: NodeJS.ProcessEnv, { region, profile }: Pick<Settings, 'region' | 'profile'>, wins: boolean): void {
  if (region !== undefined && (wins || !(env['AWS_REGION'] || env['AWS_DEFAULT_REGION']))) {
    env['AWS_REGION'] = region;
    env['AWS_DEFAULT_REGION'] = region;
  }
  const hasCredentials = ['AWS_PROFILE', ...keyVariables].some((name) => env[name]);
  if (profile === undefined || (!wins && hasCredentials)) return;
  env['AWS_PROFILE'] = profile;
  for (const name of keyVariables) delete env[name];
}

function refuseUnknownVerbs({ file, settings }: LoadedConfig, verbs: readonly Verb[]): void {
  const known = verbs.map(({ name }) => name);
  const unknown = Object.keys(settings.flags ?? {}).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`${file} has flags of ${unknown.join(', ')}, and there is no such verb. The verbs are ${known.join(', ')}.`);
}

function setFlag(
  command: Command,
  { file }: LoadedConfig,
  { name: verb }: Verb,
  name: string,
  value: string | number | boolean | readonly string[],
): void {
  const place = `flags.${verb}.${name}`;
  const options = command.options.filter((option) => !globalFlags.includes(option.attributeName()) && !isTable(option));
  const option = options.find((known) => known.attributeName() === name);
  if (!option)
    throw new UsageError(
      `${file}: ${place} is not known. \`${verb}\` has the flags ${options
        .filter(({ hidden }) => !hidden)
        .map((known) => known.attributeName())
        .join(', ')}.`,
    );
  if (option.isBoolean() !== (typeof value === 'boolean'))
    throw new UsageError(
      `${file}: ${place} must be ${option.isBoolean() ? 'true or false' : 'what stands behind the flag'}, and is a ${typeof value}.`,
    );
  if (typeof value !== 'boolean') setDefault(command, name, parsed(option, value, `${file}: ${place}`));
  else if (value) setDefault(command, name, true);
}

function parsed(option: Option, value: string | number | readonly string[], place: string): unknown {
  const { parseArg } = option;
  if (!parseArg) return Array.isArray(value) ? value.join() : String(value);
  try {
    return [value].flat().reduce<unknown>((before, one) => parseArg(String(one), before), undefined);
  } catch (error) {
    throw error instanceof InvalidArgumentError ? new UsageError(`${place} is not valid. ${error.message}`) : error;
  }
}

/** The hidden spelling of the positional argument. */
function isTable({ long, hidden }: Option): boolean {
  return long === '--table' && hidden;
}

function setDefault(command: Command | null, name: string, value: unknown, from = 'config'): void {
  if (value === undefined || !command?.options.some((option) => option.attributeName() === name)) return;
  const source = command.getOptionValueSource(name);
  if (source === undefined || source === 'default') command.setOptionValueWithSource(name, value, from);
}
