import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../serverless/configuration.ts';
import { configuredTables } from '../../../serverless/configured-tables.ts';
import type { Framework, Provider } from '../../../serverless/framework.ts';
import { DynamodtPlugin } from '../../../serverless/plugin.ts';
import { stageEnvironment } from '../../../serverless/stage-environment.ts';
import { verbArguments } from '../../../serverless/verb-arguments.ts';

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

  it('is refused with the path of what is wrong', () => {
    expect(() => parseConfiguration({ tables: { Users: 3 }, deploy: 'yes' })).toThrow(
      /custom\.dynamodt\.tables\.Users: .*\n- custom\.dynamodt\.deploy: /,
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
