import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { FollowSettings } from '../config/contract.ts';
import type { LocalAwsOptions } from './local-aws.ts';

const usage =
  '[--transformations DIR | --template DIR] [--port N] [--dynamodb URL [--data DIR]] [--name NAME] [--table Users=app-dev-Users]… [--follow Users]… [--env NAME[=VALUE]]…';

/** Reads the flags of local AWS. Ends the process with exit code 2 if they are not valid. */
export function parseFlags(args: string[], command: string): LocalAwsOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        transformations: { type: 'string', default: 'transformations' },
        template: { type: 'string' },
        port: { type: 'string', default: '4566' },
        dynamodb: { type: 'string' },
        data: { type: 'string' },
        name: { type: 'string', default: 'dynamodt' },
        table: { type: 'string', multiple: true, default: [] },
        follow: { type: 'string', multiple: true, default: [] },
        env: { type: 'string', multiple: true, default: [] },
      },
    });
    const { transformations, template, dynamodb, data, name } = values;
    if (data !== undefined && dynamodb === undefined)
      throw new Error('--data needs --dynamodb: the DynamoDB that local AWS starts is in memory and ends with it.');
    const tables = Object.fromEntries(values.table.map(mappingOf));
    return {
      transformations,
      ...(template !== undefined && { template }),
      port: portOf(values.port),
      name: nameOf(name),
      tables,
      follow: Object.fromEntries(values.follow.map(followedOf)),
      environment: Object.fromEntries(values.env.map(variableOf)),
      ...(dynamodb !== undefined && { dynamodb, data: data ?? join('.local', name) }),
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nUsage: ${command} ${usage}`);
    return process.exit(2);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (text !== '' && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`--port ${text} is not a port: give a number from 0 to 65535.`);
}

/** The prefix of all names of the service, such as that of the ledger. */
function nameOf(text: string): string {
  if (/^[a-z0-9-]{1,40}$/.test(text)) return text;
  throw new Error(`--name ${text}: give up to 40 lower-case letters, digits and "-".`);
}

/** Parses `Users=app-dev-Users`: the name of the folder, and the name of the table. */
function mappingOf(text: string): [string, string] {
  const [, logical, physical] = /^([^=]+)=([\w.-]{3,255})$/.exec(text) ?? [];
  if (logical && physical) return [logical, physical];
  throw new Error(`--table ${text}: give the name of the folder and the name of the table in this stage, as in Users=app-dev-Users.`);
}

/** Parses `Users`, or `Users={"units":50}`. */
function followedOf(text: string): [string, boolean | FollowSettings] {
  const [, table = '', settings] = /^([^=]+)(?:=(\{.*\}))?$/.exec(text) ?? [];
  if (table === '') throw new Error(`--follow ${text}: give the name of the folder, or the name and settings, as in Users={"units":50}.`);
  return [table, settings === undefined ? true : JSON.parse(settings)];
}

/** Parses `WIKI_URL=https://wiki.example/`, or `API_KEY`, whose value the starter's environment has, so that no secret is in a list of commands. */
function variableOf(text: string): [string, string] {
  const [, name = '', value] = /^([A-Za-z_]\w*)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === '') throw new Error(`--env ${text}: give the name of a variable, or name and value, as in WIKI_URL=https://wiki.example/.`);
  const known = value ?? process.env[name];
  if (known !== undefined) return [name, known];
  throw new Error(`--env ${name}: the environment of this command has no such variable. Set it, or give its value: ${name}=….`);
}
