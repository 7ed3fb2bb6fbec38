import { existsSync } from 'node:fs';
import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { sls } from './framework.ts';
import { installPackage, type Project } from './installed-package.ts';

// Processes in processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** The packed plugin in real processes of the framework, against the local AWS. */

const stage = uniqueName('test');
const usersTable = `shop-${stage}-users`;
const files = {
  'Users/v1_first_name.ts': `
export const sequence = 1;
export const adds = ['firstName'];
export const transformUp = (user: { fullName: string }) => ({ ...user, firstName: user.fullName.split(' ')[0] });
`,
  'Users/v2_tier.ts': `
export const sequence = 2;
export const adds = ['tier'];
export const prepare = async () => ({ ada: 'gold' });
export const transformUp = (user: { id: string }, { preparation }: { preparation: Record<string, string> }) =>
  ({ ...user, tier: preparation[user.id] ?? 'none' });
`,
};
const ada: RawItem = { id: { S: 'ada' }, fullName: { S: 'Ada Lovelace' } };
const alan: RawItem = { id: { S: 'alan' }, fullName: { S: 'Alan Turing' } };
const withNames = [
  { ...ada, firstName: { S: 'Ada' } },
  { ...alan, firstName: { S: 'Alan' } },
];
const withTiers = [
  { ...ada, firstName: { S: 'Ada' }, tier: { S: 'gold' } },
  { ...alan, firstName: { S: 'Alan' }, tier: { S: 'none' } },
];

let service: Service;
let project: Project;

async function users(): Promise<RawItem[]> {
  return [...(await readAll(service.dynamodb, usersTable)).values()].sort((a, b) => ((a['id']?.S ?? '') < (b['id']?.S ?? '') ? -1 : 1));
}

function run(...args: string[]) {
  return sls(project, service, ...args, '--stage', stage);
}

/** serverless.yml of the service. */
function configured(plugin: string, dynamodt: string): Promise<void> {
  return project.write({
    'serverless.yml': `service: shop
provider:
  name: aws
  runtime: nodejs24.x
  region: us-east-1
plugins:
  - ${plugin}
custom:
  dynamodt: ${dynamodt}
`,
  });
}

function usual(more = ''): string {
  return `{ name: ${service.name}, tables: { Users: '\${self:service}-\${sls:stage}-users', Orders: 'shop-orders' }${more} }`;
}

beforeAll(async () => {
  service = await startService(files, { tables: { Users: usersTable } });
  await createTable(service.dynamodb, usersTable);
  await putAll(service.dynamodb, usersTable, [ada, alan]);
  project = await installPackage([]);
  await project.write(Object.fromEntries(Object.entries(files).map(([file, text]) => [`transformations/${file}`, text])));
  await configured('dynamodt/serverless', usual());
});
afterAll(async () => {
  await service?.close();
  await project?.remove();
});

describe('sls dynamodt', () => {
  it('writes nothing with up --dry', async () => {
    const { exitCode, printed } = await run('dynamodt', 'up', '--dry');

    expect(printed).toContain('Users');
    expect(exitCode).toBe(0);
    expect(await users()).toEqual([ada, alan]);
  });

  it('gathers a preparation with prepare', async () => {
    const { exitCode, printed } = await run('dynamodt', 'prepare', '--table', 'Users', '--tNumber', '2');

    expect(printed).toContain('Users');
    expect(exitCode).toBe(0);
    expect(await users()).toEqual([ada, alan]);
  });

  it('takes all tables of the stage up', async () => {
    const { exitCode, printed } = await run('dynamodt', 'up');

    expect(exitCode, printed).toBe(0);
    expect(await users()).toEqual(withTiers);
  });

  it('takes the newest version of a table back with down', async () => {
    const { exitCode, printed } = await run('dynamodt', 'down', '--table', 'Users');

    expect(exitCode, printed).toBe(0);
    expect(await users()).toEqual(withNames);
  });

  it('shows the history', async () => {
    const { exitCode, printed } = await run('dynamodt', 'history', '--table', 'Users');

    expect(exitCode, printed).toBe(0);
    expect(printed).toMatch(/v1 .*applied/);
    expect(printed).toMatch(/v2 .*rolled back/);
  });

  it('shows where all tables stand with status', async () => {
    const { exitCode, printed } = await run('dynamodt', 'status');

    expect(exitCode, printed).toBe(0);
    expect(printed).toContain('Users');
  });

  it('fails with the words of the command when it fails', async () => {
    const { exitCode, printed } = await run('dynamodt', 'down', '--table', 'Nobodys');

    expect(exitCode).toBe(1);
    expect(printed).toContain('UnknownTable');
    expect(printed).toContain('dynamodt down ended with exit code 1');
  });

  it('makes the first version of tables that have none with init', async () => {
    const { exitCode, printed } = await run('dynamodt', 'init');

    expect(exitCode, printed).toBe(0);
    expect(await readdir(join(project.folder, 'transformations/Orders'))).toContain('v1.ts');
    expect((await readdir(join(project.folder, 'transformations/Users'))).sort()).toEqual(['v1_first_name.ts', 'v2_tier.ts']);
  });

  it('names each field of a wrong configuration', async () => {
    await configured('dynamodt/serverless', '{ name: Upper, autoRun: perhaps, tabels: {} }');

    const { exitCode, printed } = await run('dynamodt', 'history');

    expect(exitCode).toBe(1);
    expect(printed).toContain('custom.dynamodt.name: must be 1 to 20 lower-case letters');
    expect(printed).toContain('custom.dynamodt.autoRun: must be true, false or detach');
    expect(printed).toContain('"tabels"');
  });
});

describe('after sls deploy', () => {
  /** The plugin in the framework's process with a deployer that only notes what it should deploy: CloudFormation is not here. */
  const recording = `import { writeFileSync } from 'node:fs';
import DynamodtPlugin from 'dynamodt/serverless';
const deploy = async (service, provider) =>
  writeFileSync('deployed.json', JSON.stringify({ ...service, tables: [...service.tables], stage: provider.getStage() }));
export default class AfterDeploy {
  commands = { finish: { usage: 'What comes after a deploy', lifecycleEvents: ['finish'] } };
  constructor(serverless, options, writers) {
    const plugin = new DynamodtPlugin(serverless, options, writers, RECORDED);
    this.hooks = { 'finish:finish': plugin.hooks['after:deploy:deploy'] };
  }
}
`;
  const withRecorder = async (more?: string): Promise<void> => {
    await project.write({ 'after-deploy.mjs': recording.replace('RECORDED', '{ loadDeployer: async () => deploy }') });
    await configured('./after-deploy.mjs', usual(more));
  };
  const deployed = async () => JSON.parse(await readFile(join(project.folder, 'deployed.json'), 'utf8'));

  it('deploys the service over the tables of the stage, and waits until all are up', async () => {
    await withRecorder();

    const { exitCode, printed } = await run('finish');

    expect(exitCode, printed).toBe(0);
    expect(await deployed()).toEqual({
      stackName: `shop-dynamodt-${stage}`,
      name: service.name,
      region: 'us-east-1',
      stage,
      transformations: join(project.folder, 'transformations'),
      tables: [
        ['Users', { tableName: usersTable }],
        ['Orders', { tableName: 'shop-orders' }],
      ],
      tablesElsewhere: [],
    });
    expect(await users()).toEqual(withTiers);
  });

  it('starts no run with autoRun: false', async () => {
    expect(await service.run({ table: 'Users', direction: 'down' })).toMatchObject({ status: 'SUCCEEDED' });
    await withRecorder(', autoRun: false');

    const { exitCode, printed } = await run('finish');

    expect(exitCode, printed).toBe(0);
    expect(await users()).toEqual(withNames);
  });

  it('fails the deploy when a run fails', async () => {
    await service.deploy({
      'Users/v3_broken.ts':
        "export const sequence = 3;\nexport const adds = ['a'];\nexport const transformUp = () => { throw new TypeError('broken'); };\n",
    });
    await withRecorder(', deploy: false');

    const { exitCode, printed } = await run('finish');

    expect(exitCode).toBe(1);
    expect(printed).toContain('ItemsFailed');
    expect(printed).toContain('dynamodt up ended with exit code 1');
  });

  it('names the command that installs the CDK where it is missing', async () => {
    await project.write({ 'after-deploy.mjs': recording.replace('RECORDED', '{}') });
    await configured('./after-deploy.mjs', usual());

    const { exitCode, printed } = await run('finish');

    expect(exitCode).toBe(1);
    expect(printed).toContain('npm i -D aws-cdk-lib constructs @aws-cdk/toolkit-lib');
  });
});

describe('before sls package packages anything', () => {
  const misspelt = files['Users/v1_first_name.ts'].replace('adds', 'addz');
  const packaged = () => existsSync(join(project.folder, '.serverless'));

  it('checks the files alone with deploy: false, and goes on if they are right', async () => {
    await configured('dynamodt/serverless', usual(', deploy: false'));
    await project.write({ 'transformations/Users/v1_first_name.ts': misspelt });

    const { exitCode, printed } = await run('package');

    expect(exitCode).toBe(1);
    expect(printed).toContain('Users/v1_first_name.ts exports "addz", which means nothing. If it should be "adds", rename it.');
    expect(packaged()).toBe(false);
    await project.write({ 'transformations/Users/v1_first_name.ts': files['Users/v1_first_name.ts'] });
    expect(await run('package')).toMatchObject({ exitCode: 0 });
    expect(packaged()).toBe(true);
  });

  it('checks everything that the deploy would, by the construct', async () => {
    for (const name of ['aws-cdk-lib', 'constructs'])
      await symlink(join(packageRoot, 'node_modules', name), join(project.folder, 'node_modules', name));
    await project.write({ 'transformations/Orders/v1.ts': files['Users/v1_first_name.ts'] });
    await configured('dynamodt/serverless', `{ name: ${service.name}, tables: { Users: ${usersTable} } }`);

    const { exitCode, printed } = await run('package');

    expect(exitCode).toBe(1);
    expect(printed).toMatch(/There are transformations for .*Orders.*, but `tables` has only Users/);
  });
});
