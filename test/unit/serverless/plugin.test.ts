import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LoadedConfig } from '../../../config/load-config.ts';
import { parseConfiguration } from '../../../serverless/configuration.ts';
import { configuredTables } from '../../../serverless/configured-tables.ts';
import type { Framework, Provider } from '../../../serverless/framework.ts';
import { DynamodtPlugin } from '../../../serverless/plugin.ts';
import { stageEnvironment } from '../../../serverless/stage-environment.ts';
import { verbArguments } from '../../../serverless/verb-arguments.ts';

// Files are bundled in a process of their own, on a machine that may have other work.
vi.setConfig({ testTimeout: 60_000 });

let transformations: string;

beforeAll(async () => {
  transformations = await mkdtemp(join(tmpdir(), 'dynamodt-test-'));
  await mkdir(join(transformations, 'Users'));
  await writeFile(join(transformations, 'Users/v1.ts'), '');
});
afterAll(() => rm(transformations, { recursive: true, force: true }));

describe('the calls that a verb takes', () => {
  const stage = () => ({ name: 'shop', transformations, tables: ['Users', 'Orders'] });

  it('is one for all tables', () => {
    expect(verbArguments('up', {}, stage())).toEqual([['up', '--name', 'shop']]);
    expect(verbArguments('history', {}, stage())).toEqual([['history', '--name', 'shop']]);
  });

  it("passes the predecessor's options on", () => {
    expect(verbArguments('prepare', { table: 'Users', tNumber: '4' }, stage())).toEqual([
      ['prepare', 'Users', '--tNumber', '4', '--name', 'shop'],
    ]);
    expect(verbArguments('down', { table: 'Users', dry: true }, stage())).toEqual([['down', 'Users', '--dry', '--name', 'shop']]);
  });

  it('is one for each table with files in a dry run of all', () => {
    expect(verbArguments('up', { dry: true }, stage())).toEqual([['up', 'Users', '--dry', '--name', 'shop']]);
  });

  it('makes a first version only where there is none, and the next one of a table by its name', () => {
    expect(verbArguments('init', {}, stage())).toEqual([['init', 'Orders', '--transformations', transformations, '--name', 'shop']]);
    expect(verbArguments('init', { table: 'Users' }, stage())).toEqual([
      ['init', 'Users', '--transformations', transformations, '--name', 'shop'],
    ]);
  });
});

describe('the tables of a stage', () => {
  const table = (properties: object) => ({ Type: 'AWS::DynamoDB::Table', Properties: properties });

  it('are those of the resources under a name where none are configured', () => {
    const resources = {
      Resources: { A: table({ TableName: 'UsersExample' }), B: table({ TableName: { Ref: 'X' } }), C: { Type: 'AWS::S3::Bucket' } },
    };

    expect([...configuredTables({}, resources)]).toEqual([['UsersExample', { tableName: 'UsersExample' }]]);
  });

  it('are encrypted by the key that the resources name', () => {
    const withKey = (KMSMasterKeyId: unknown) => ({
      Resources: { A: table({ TableName: 'Users', SSESpecification: { KMSMasterKeyId } }) },
    });

    expect([...configuredTables({}, withKey('arn:aws:kms:us-east-1:1:key/k'))]).toEqual([
      ['Users', { tableName: 'Users', encryption: 'arn:aws:kms:us-east-1:1:key/k' }],
    ]);
    expect(() => configuredTables({}, withKey({ 'Fn::GetAtt': ['Key', 'Arn'] }))).toThrow('encryption: arn:aws:kms:');
  });

  it('have the stream of the resources if they are to be followed, unless one is given', () => {
    const resources = {
      Resources: {
        A: table({ TableName: 'users', StreamSpecification: { StreamViewType: 'NEW_IMAGE' } }),
        B: table({ TableName: 'orders' }),
      },
    };
    const tables = (of: object) => [...configuredTables({ tables: { Users: of } as never }, resources).values()];

    expect(tables({ tableName: 'users', follow: true })).toEqual([{ tableName: 'users', follow: true, hasOwnStream: true }]);
    for (const given of [
      { tableName: 'users' },
      { tableName: 'users', follow: true, stream: 'arn:given' },
      { tableName: 'elsewhere', follow: true },
    ])
      expect(tables(given)).toEqual([given]);
    expect(() => tables({ tableName: 'orders', follow: true })).toThrow('`StreamSpecification: { StreamViewType: NEW_IMAGE }`');
  });

  it('are asked for where there are none', () => {
    expect(() => configuredTables({}, undefined)).toThrow('No tables are known.');
    expect(() => configuredTables({ tables: {} }, undefined)).toThrow('No tables are known.');
  });
});

describe('the configuration', () => {
  it('is all defaults where nothing is said', () => {
    expect(parseConfiguration(undefined)).toEqual({
      name: 'dynamodt',
      transformations: 'transformations',
      tablesElsewhere: [],
      deploy: true,
      autoRun: true,
    });
  });

  it('has the values of parameters of a table, and names a wrong one', () => {
    const tables = { Users: { tableName: 'users', parameters: { 3: { days: 30 } } } };
    expect(configuredTables(parseConfiguration({ tables }), undefined).get('Users')).toEqual(tables.Users);
    expect(() => parseConfiguration({ tables: { Users: { tableName: 'users', parameters: { v3: {} } } } })).toThrow(
      'custom.dynamodt.tables.Users.parameters.v3: has a name that must be the number of a version, such as 3',
    );
  });

  it('is refused with the path of what is wrong', () => {
    expect(() => parseConfiguration({ tables: { Users: 3 }, deploy: 'yes' })).toThrow(
      /custom\.dynamodt\.tables\.Users: .*\n- custom\.dynamodt\.deploy: /,
    );
  });
});

describe('the configuration beside dynamodt.config.ts', () => {
  const config = (settings: LoadedConfig['settings']): LoadedConfig => ({
    file: 'dynamodt.config.ts',
    folder: '/service/data',
    settings,
    stages: [],
    stage: undefined,
  });

  it('takes from there what serverless.yml leaves out, with the folder relative to that file', () => {
    const settings = { name: 'shop', tables: { Users: 'users' }, transformations: 'files', memorySize: 512 };

    expect(parseConfiguration({ autoRun: false }, config(settings))).toEqual({
      name: 'shop',
      transformations: '/service/data/files',
      tables: { Users: 'users' },
      tablesElsewhere: [],
      deploy: true,
      autoRun: false,
      settings,
    });
    expect(parseConfiguration({ name: 'own' }, config({}))).toMatchObject({
      name: 'own',
      transformations: '/service/data/transformations',
    });
  });

  it('refuses what stands in both files, naming both', () => {
    const both = { tables: { Users: 'users' }, name: 'shop' };
    expect(() => parseConfiguration(both, config(both))).toThrow(
      'custom.dynamodt.name of serverless.yml is also `name` of dynamodt.config.ts; custom.dynamodt.tables of serverless.yml is also `tables` of dynamodt.config.ts. Keep each setting in one of the files',
    );
  });

  it('is refused where it leaves a name or a key to a parameter', () => {
    expect(() => configuredTables({ tables: { Users: {} } }, undefined)).toThrow(
      'The table Users is without its name in AWS, which the plugin needs: `Users: { tableName: prod-users }`.',
    );
    expect(() => configuredTables({ tables: { Users: { tableName: 'u', encryption: 'parameter' } } }, undefined)).toThrow(
      "The table Users is without its key's ARN",
    );
  });
});

describe('the environment of the command', () => {
  const env = {
    PATH: '/bin',
    AWS_PROFILE: 'other',
    AWS_ACCESS_KEY_ID: 'other',
    AWS_SECRET_ACCESS_KEY: 'other',
    AWS_SESSION_TOKEN: 'other',
  };
  const regional = { AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1', PATH: '/bin' };
  const provider = (more: Partial<Provider>): Provider => ({ getRegion: () => 'eu-west-1', getStage: () => 'test', ...more });

  it('has the credentials that the framework resolved, and no others', async () => {
    const getAwsSdkV3CredentialsProvider = () => async () => ({ accessKeyId: 'A', secretAccessKey: 'S' });

    expect(await stageEnvironment(provider({ getAwsSdkV3CredentialsProvider }), env)).toEqual({
      ...regional,
      AWS_ACCESS_KEY_ID: 'A',
      AWS_SECRET_ACCESS_KEY: 'S',
    });
  });

  it('has the profile of a framework that does not tell them', async () => {
    expect(await stageEnvironment(provider({ getProfile: () => 'team' }), env)).toEqual({ ...regional, AWS_PROFILE: 'team' });
  });

  it('keeps its own where the framework has no profile either', async () => {
    expect(await stageEnvironment(provider({}), env)).toEqual({ ...env, ...regional });
  });
});

/** A service in a folder of its own, with these files. */
async function pluginIn(files: Record<string, string>, dynamodt: object, ports: ConstructorParameters<typeof DynamodtPlugin>[3] = {}) {
  const serviceDir = await mkdtemp(join(tmpdir(), 'dynamodt-test-'));
  onTestFinished(() => rm(serviceDir, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(serviceDir, name, '..'), { recursive: true });
    await writeFile(join(serviceDir, name), text);
  }
  const framework: Framework = {
    serviceDir,
    service: { service: 'shop', custom: { dynamodt } },
    classes: { Error },
    configSchemaHandler: { defineCustomProperties: () => {} },
    getProvider: () => ({ getRegion: () => 'eu-west-1', getStage: () => 'test' }),
  };
  const plugin = new DynamodtPlugin(framework, {}, { log: { notice: () => {} } }, ports);
  return { serviceDir, run: (hook: string) => plugin.hooks[hook]?.() };
}

describe('before the application is packaged', () => {
  const misspelt = {
    'transformations/Users/v1.ts': "export const sequence = 1;\nexport const add = ['a'];\nexport const transformUp = () => {};\n",
  };
  const unknownExport = 'The transformation Users/v1.ts exports "add", which means nothing. If it should be "adds", rename it.';

  it('refuses a misspelt export of a service that the team deploys itself, without the CDK', async () => {
    const { serviceDir, run } = await pluginIn(misspelt, { tables: { Users: 'users' }, deploy: false });

    await expect(run('before:package:initialize')).rejects.toThrow(
      `Transformations in ${join(serviceDir, 'transformations')} cannot be deployed:\n- ${unknownExport}`,
    );
  });

  it('lets right files pass, and a project that has none and deploys none', async () => {
    const right = { 'transformations/Users/v1.ts': misspelt['transformations/Users/v1.ts'].replace(' add ', ' adds ') };
    const configured = { tables: { Users: 'users' }, deploy: false };

    await (await pluginIn(right, configured)).run('before:package:initialize');
    await (await pluginIn({}, configured)).run('before:package:initialize');
  });

  it('checks what is going to be deployed: the stage in dynamodt.config.ts', async () => {
    const checked: unknown[] = [];
    const config = { tables: { Users: 'users' }, memorySize: 512, stages: { test: { name: 'shop-test' }, prod: {} } };
    const { serviceDir, run } = await pluginIn(
      { 'dynamodt.config.json': JSON.stringify(config) },
      {},
      {
        checkService: async (...given) => void checked.push(given),
      },
    );

    await run('before:package:initialize');

    expect(checked).toEqual([
      [
        {
          stackName: 'shop-dynamodt-test',
          name: 'shop-test',
          region: 'eu-west-1',
          transformations: join(serviceDir, 'transformations'),
          tables: new Map([['Users', { tableName: 'users' }]]),
          tablesElsewhere: [],
          settings: { tables: { Users: 'users' }, memorySize: 512, name: 'shop-test' },
        },
        true,
      ],
    ]);
  });

  it('refuses a stage that dynamodt.config.ts does not have', async () => {
    const { run } = await pluginIn({ 'dynamodt.config.json': '{ "stages": { "prod": {} } }' }, {});

    await expect(run('before:package:initialize')).rejects.toThrow('dynamodt.config.json has no stage test; it has prod.');
  });
});

describe('the command', () => {
  it.each([
    ['the stage, if dynamodt.config.ts has stages', { stages: { test: { tables: { Users: 'users' } } } }, 'test'],
    ['no stage, if it is for all of them', { tables: { Users: 'users' } }, undefined],
  ])('is given %s', async (_, config, stage) => {
    const stages: unknown[] = [];
    const { run } = await pluginIn(
      { 'dynamodt.config.json': JSON.stringify(config) },
      {},
      {
        runCommand: async (_args, { env }) => {
          stages.push(env['DYNAMODT_STAGE']);
          return 0;
        },
      },
    );

    await run('dynamodt:status:status');

    expect(stages).toEqual([stage]);
  });
});

describe('a followed table of the resources', () => {
  const resources = {
    Resources: {
      A: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'users', StreamSpecification: { StreamViewType: 'NEW_IMAGE' } } },
    },
  };
  const arn = 'arn:aws:dynamodb:eu-west-1:1:table/users/stream/2026';
  const plugin = (stream: string | undefined) => {
    const given: unknown[] = [];
    const note = async ({ tables }: { tables: ReadonlyMap<string, object> }) => void given.push(tables.get('Users'));
    const framework: Framework = {
      serviceDir: '/service',
      service: {
        service: 'shop',
        custom: { dynamodt: { tables: { Users: { tableName: 'users', follow: true } }, autoRun: false } },
        resources,
      },
      classes: { Error },
      configSchemaHandler: { defineCustomProperties: () => {} },
      getProvider: () => ({ getRegion: () => 'eu-west-1', getStage: () => 'test' }),
    };
    const streamOf = async (tableName: string) => (tableName === 'users' ? stream : 'other');
    const ports = { checkService: note, loadDeployer: async () => note, streamOf };
    return { given, hooks: new DynamodtPlugin(framework, {}, { log: { notice: () => {} } }, ports).hooks };
  };

  it('is checked before its stream is there, and deployed with the stream that it has then', async () => {
    const { given, hooks } = plugin(arn);

    await hooks['before:package:initialize']?.();
    await hooks['after:deploy:deploy']?.();

    expect(given).toEqual([
      { tableName: 'users', follow: true, stream: expect.stringMatching(/^arn:aws:dynamodb:eu-west-1:0+:table\/users\/stream\/./) },
      { tableName: 'users', follow: true, stream: arn },
    ]);
  });

  it('is refused if it has no stream after all', async () => {
    await expect(plugin(undefined).hooks['after:deploy:deploy']?.()).rejects.toThrow(
      'The table users is to be followed, and has no stream in AWS',
    );
  });
});

describe('after a deploy', () => {
  /** A service whose command and deployer only note that they were called. */
  const afterDeploy = async (dynamodt: object, exitCode = 0) => {
    const calls: unknown[] = [];
    const framework: Framework = {
      serviceDir: '/service',
      service: { service: 'shop', custom: { dynamodt: { tables: { Users: 'users' }, ...dynamodt } } },
      classes: { Error },
      configSchemaHandler: { defineCustomProperties: () => {} },
      getProvider: () => ({ getRegion: () => 'eu-west-1', getStage: () => 'test' }),
    };
    const plugin = new DynamodtPlugin(
      framework,
      {},
      { log: { notice: () => {} } },
      {
        loadDeployer:
          async () =>
          async ({ stackName }) =>
            void calls.push(stackName),
        runCommand: async (args) => {
          calls.push(args);
          return exitCode;
        },
      },
    );
    const ended = await plugin.hooks['after:deploy:deploy']?.().then(
      () => 'done',
      (error: Error) => error.message,
    );
    return { calls, ended };
  };
  const up = ['up', '--name', 'dynamodt'];

  it('deploys, then takes all tables up', async () => {
    expect(await afterDeploy({})).toEqual({ calls: ['shop-dynamodt-test', up], ended: 'done' });
  });

  it('fails with the command', async () => {
    expect((await afterDeploy({}, 1)).ended).toContain('dynamodt up ended with exit code 1');
  });

  it.each([
    [{ deploy: false }, [up]],
    [{ autoRun: false }, ['shop-dynamodt-test']],
    [{ autoRun: 'detach' }, ['shop-dynamodt-test', ['up', '--detach', '--name', 'dynamodt']]],
    [{ deploy: false, autoRun: false }, []],
  ])('with %o does just that', async (configured, calls) => {
    expect((await afterDeploy(configured)).calls).toEqual(calls);
  });
});
