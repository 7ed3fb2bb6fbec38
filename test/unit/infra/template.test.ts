import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import validate from 'asl-validator';
import { Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type * as cxapi from 'aws-cdk-lib/cx-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { page } from '../../../cli/page/page.ts';
import { createNotifyRules } from '../../../infra/alarms/notify-rules.ts';
import { deployedFunctions } from '../../../infra/deployed-functions.ts';
import { pascalCase } from '../../../infra/functions.ts';
import { deployedNames } from '../../../infra/names.ts';
import { packageRoot } from '../../../infra/package-root.ts';
import { pageStates } from '../../cli/page-states.ts';
import { followedStack, fullStack, plainStack } from '../../support/stacks.ts';
import { newApp } from '../../support/synthesise.ts';
import { ResolvedTemplate } from '../../support/template.ts';

let close: () => Promise<void>;
let outdir: string;
let plainTemplate: ResolvedTemplate;
let fullTemplate: ResolvedTemplate;
let followedTemplate: ResolvedTemplate;
let assembly: cxapi.CloudAssembly;

beforeAll(async () => {
  const created = await newApp();
  close = created.close;
  plainStack(created.app);
  fullStack(created.app);
  followedStack(created.app);
  assembly = created.app.synth();
  outdir = created.app.outdir;
  plainTemplate = new ResolvedTemplate(outdir, 'Plain');
  fullTemplate = new ResolvedTemplate(outdir, 'Full');
  followedTemplate = new ResolvedTemplate(outdir, 'Followed');
});
afterAll(() => close?.());

const stateMachines = ['transform-table', 'transform-all'] as const;

describe('ledger, preparations and key', () => {
  it('outlive the stack unless it is said otherwise', () => {
    const ledger = plainTemplate.one('AWS::DynamoDB::Table', { TableName: 'dynamodt-ledger' });
    expect(ledger.Properties).toMatchObject({ DeletionProtectionEnabled: true });
    for (const kept of [ledger, plainTemplate.one('AWS::S3::Bucket'), plainTemplate.one('AWS::KMS::Key')])
      expect(kept).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });

    const removed = fullTemplate.one('AWS::DynamoDB::Table', { TableName: 'second-ledger' });
    expect(removed).toMatchObject({ DeletionPolicy: 'Delete', Properties: { DeletionProtectionEnabled: false } });
    expect(fullTemplate.one('AWS::S3::Bucket').DeletionPolicy).toBe('Delete');
  });

  it('leaves nothing behind if a first deploy is rolled back before the ledger, the last but the catalog, is created', () => {
    const [ledgerId = '', ledger] = plainTemplate.all('AWS::DynamoDB::Table').find(([id]) => id.startsWith('DynamodtLedger')) ?? [];
    const ours = plainTemplate.ids().filter((id) => id.startsWith('Dynamodt') && id !== ledgerId);
    const after = ours.filter((id) => !ledger?.DependsOn?.includes(id));
    expect(ours.length).toBeGreaterThan(50);
    expect(after.map((id) => id.replace(/[0-9A-F]{8}$/, ''))).toEqual([
      'DynamodtPublishCatalogProviderLogs',
      'DynamodtPublishCatalogProviderRole',
      'DynamodtPublishCatalogProviderRoleDefaultPolicy',
      'DynamodtPublishCatalogProviderframeworkonEvent',
      'DynamodtPublishCatalog',
    ]);
  });

  it('encrypts the ledger under the key, keeps its past, expires checkpoints', () => {
    const { Properties } = plainTemplate.one('AWS::DynamoDB::Table', { TableName: 'dynamodt-ledger' });
    const [keyId] = plainTemplate.all('AWS::KMS::Key')[0] ?? [];
    expect(Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: expect.stringContaining(String(keyId)) },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
    });
    expect(plainTemplate.one('AWS::KMS::Key').Properties).toMatchObject({ EnableKeyRotation: true });
    expect(plainTemplate.one('AWS::KMS::Alias').Properties).toMatchObject({ AliasName: 'alias/dynamodt' });
  });

  it('keeps preparations private, encrypted, versioned and off plain connections', () => {
    const { Properties } = plainTemplate.one('AWS::S3::Bucket');
    expect(Properties).toMatchObject({
      BucketName: 'dynamodt-preparations-000000000000-us-east-1',
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    const [rule] = Properties.BucketEncryption.ServerSideEncryptionConfiguration;
    expect(rule).toMatchObject({ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } });
    const { Statement } = plainTemplate.one('AWS::S3::BucketPolicy').Properties.PolicyDocument;
    const refused = Statement.filter((statement: { Effect: string; Principal: unknown }) => statement.Effect === 'Deny');
    expect(refused).toMatchObject([
      { Action: 's3:*', Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      { Action: 's3:*', Principal: { AWS: '*' }, Condition: { NumericLessThan: { 's3:TlsVersion': 1.2 } } },
    ]);
  });
});

describe('functions', () => {
  it.each(Object.entries(deployedFunctions))('%s runs as the table of functions says, with a log group that forgets', (name, deployed) => {
    const [template, prefix] = deployed.isForFollowing ? [followedTemplate, 'followed'] : [plainTemplate, 'dynamodt'];
    const { Properties } = template.one('AWS::Lambda::Function', { FunctionName: `${prefix}-${name}` });
    expect(Properties).toMatchObject({
      Handler: `${name}.handler`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: deployed.timeout,
      MemorySize: deployed.memory,
      LoggingConfig: { LogGroup: `/aws/lambda/${prefix}-${name}`, LogFormat: 'JSON' },
      Environment: { Variables: { DYNAMODT_LEDGER: `${prefix}-ledger`, AWS_SDK_UA_APP_ID: name } },
    });
    expect(Properties.VpcConfig).toBeUndefined();
    const logs = template.one('AWS::Logs::LogGroup', { LogGroupName: `/aws/lambda/${prefix}-${name}` });
    expect(logs.Properties.RetentionInDays).toBe(90);
  });

  it('have settings of the service', () => {
    const { Variables } = fullTemplate.one('AWS::Lambda::Function', { FunctionName: 'second-start-run' }).Properties.Environment;
    expect(Variables).toMatchObject({ DYNAMODT_CONTROL_INTERVAL_MS: '5000', DYNAMODT_RESERVED_CONCURRENCY: '50' });
  });

  it('take memory, concurrency, log retention, tracing and network as given', () => {
    const { Properties } = fullTemplate.one('AWS::Lambda::Function', { FunctionName: 'second-transform-segment' });
    expect(Properties).toMatchObject({ MemorySize: 3538, ReservedConcurrentExecutions: 50, TracingConfig: { Mode: 'Active' } });
    expect(Properties.VpcConfig).toMatchObject({
      SubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      SecurityGroupIds: [expect.any(String)],
    });
    expect(fullTemplate.all('AWS::EC2::SecurityGroup').length).toBe(1);
    for (const [, { Properties: logs }] of fullTemplate.all('AWS::Logs::LogGroup')) expect(logs.RetentionInDays).toBe(7);
    const other = fullTemplate.one('AWS::Lambda::Function', { FunctionName: 'second-settle-pass' }).Properties;
    expect(other.ReservedConcurrentExecutions).toBeUndefined();
  });
});

describe.each(stateMachines)('%s', (name) => {
  const machine = (): Record<string, never> & { DefinitionSubstitutions: Record<string, string> } =>
    plainTemplate.one('AWS::StepFunctions::StateMachine', { StateMachineName: `dynamodt-${name}` }).Properties;
  const deployed = (): string => readFileSync(join(outdir, `asset.${machine()['DefinitionS3Location']?.['Key']}`), 'utf8');

  it('is deployed from its file, byte by byte', () => {
    expect(deployed()).toBe(readFileSync(join(packageRoot, `state-machines/${name}.asl.json`), 'utf8'));
  });

  it('is valid once its placeholders are filled, and leaves none', () => {
    const filled = deployed().replaceAll(/\$\{(\w+)\}/g, (whole, placeholder) => machine().DefinitionSubstitutions[placeholder] ?? whole);
    expect(filled).not.toMatch(/\$\{/);
    const { isValid, errorsText } = validate(JSON.parse(filled));
    expect(errorsText('\n')).toBe('');
    expect(isValid).toBe(true);
  });

  it('calls versions of the functions, which stay for it when later deploys publish others', () => {
    const functions = Object.entries(machine().DefinitionSubstitutions).filter(([placeholder]) => placeholder.endsWith('FunctionArn'));
    expect(functions.length).toBeGreaterThan(2);
    for (const [placeholder, arn] of functions) expect(arn, placeholder).toMatch(/:function:dynamodt-[\w-]+:1$/);
    expect(machine().DefinitionSubstitutions['Deploy']).toMatch(/^(\w+\.Version-){7}\w+\.Version$/);
    expect(machine().DefinitionSubstitutions['Deploy']).toBe(plainTemplate.one('Custom::DynamodtCatalog').Properties.deploy);
    const versions = plainTemplate.all('AWS::Lambda::Version');
    expect(versions.length).toBe(8);
    for (const [id, version] of versions)
      expect(version, id).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });

  it('gives each function less time than its state, so that Lambda ends it first', () => {
    const tasks = [...deployed().matchAll(/"(?:Resource|FunctionName)": "\$\{(\w+)FunctionArn\}"[\s\S]*?"TimeoutSeconds": (\d+)/g)];
    expect(tasks.length).toBeGreaterThan(1);
    for (const [, state, timeout] of tasks) {
      const kebab = String(state)
        .replace(/(?<!^)(?=[A-Z])/g, '-')
        .toLowerCase();
      expect(deployedFunctions[kebab]?.timeout, kebab).toBeLessThan(Number(timeout));
    }
  });

  it('logs errors without data, and is of the type that can be redriven', () => {
    expect(machine()).toMatchObject({
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { Level: 'ERROR', IncludeExecutionData: false, Destinations: expect.any(Array) },
    });
    const logs = plainTemplate.one('AWS::Logs::LogGroup', { LogGroupName: `/aws/vendedlogs/states/dynamodt-${name}` });
    expect(logs.Properties.RetentionInDays).toBe(90);
  });
});

describe('what happens by itself', () => {
  it('records runs that failed, not children of the Map, and tells people without data', () => {
    const rule = fullTemplate.one('AWS::Events::Rule', { Description: 'A run of dynamodt failed, timed out or was aborted' });
    expect(rule.Properties.EventPattern.detail).toEqual({
      stateMachineArn: ['arn:aws:states:us-east-1:000000000000:stateMachine:second-transform-table'],
      status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
    });
    expect(rule.Properties.Targets.map(({ Arn }: { Arn: string }) => Arn)).toEqual([
      'arn:aws:lambda:us-east-1:000000000000:function:second-record-failure',
      expect.stringContaining('arn:aws:sns:'),
    ]);
    expect(JSON.stringify(rule.Properties.Targets[1])).not.toMatch(/detail\.(input|output|cause)/);
  });

  it('tells people what the team chose, in the sentence of the event, on the bus of the service', () => {
    const rules = fullTemplate.all('AWS::Events::Rule').map(([, { Properties }]) => Properties);
    const told = rules.filter(({ EventPattern }) => EventPattern.source[0] === 'dynamodt');
    expect(told.map(({ EventPattern }) => [...EventPattern['detail-type'], EventPattern.detail])).toEqual([
      ['Run Paused', { service: ['second'], why: ['person', 'alarm'] }],
      ['Run Waiting', { service: ['second'], for: ['approval'] }],
      ['Run Succeeded', { service: ['second'] }],
    ]);
    for (const { EventBusName, Targets } of told) {
      expect(EventBusName).toContain('Events');
      expect(Targets).toMatchObject([{ Arn: expect.stringContaining('arn:aws:sns:'), InputPath: '$.detail.text' }]);
    }
  });

  it('sends events of runs to the bus of the account, or to the given one, with a permission for just that', () => {
    const sentBy = (template: ResolvedTemplate, name: string) => {
      const { Properties } = template.one('AWS::Lambda::Function', { FunctionName: name });
      const allowed = template.statementsOf(Properties.Role).filter(({ Action }) => Action === 'events:PutEvents');
      return { bus: Properties.Environment.Variables.DYNAMODT_EVENT_BUS, allowed };
    };
    const onlyOurs = { 'ForAllValues:StringEquals': { 'events:source': 'dynamodt' } };
    const account = 'arn:aws:events:us-east-1:000000000000:event-bus/default';
    expect(sentBy(plainTemplate, 'dynamodt-settle-pass')).toMatchObject({
      bus: 'default',
      allowed: [{ Resource: account, Condition: onlyOurs }],
    });
    const given = sentBy(fullTemplate, 'second-control-run');
    expect(given.allowed).toMatchObject([{ Resource: given.bus, Condition: onlyOurs }]);
    expect(sentBy(fullTemplate, 'second-transform-segment').allowed).toEqual([]);
  });

  it('is an error at synth if people are to be told, and there is no topic or no event', () => {
    const stack = new Stack();
    const create = (notify: Topic | undefined) =>
      createNotifyRules(stack, { names: deployedNames('x', stack), notify, notifyOf: ['paused'], bus: undefined });
    expect(() => create(undefined)).toThrow(/there is no topic/);
    expect(() => create(new Topic(stack, 'Topic'))).toThrow(/`events: false` turns off/);
  });

  it('pauses the runs of all tables while an alarm lasts, and resumes them as the same one', () => {
    const composite = fullTemplate.one('AWS::CloudWatch::CompositeAlarm').Properties;
    expect(composite.AlarmRule).toMatch(/ALARM\(.*HighLatency.*\) OR ALARM\(.*Errors.*\)/);
    const rules = fullTemplate.all('AWS::Events::Rule').map(([, { Properties }]) => Properties);
    const asked = (state: string) => {
      const of = rules.filter(({ EventPattern }) => EventPattern.detail?.state?.value?.[0] === state);
      return of.flatMap(({ Targets }) => Targets).map(({ Arn, Input }) => ({ ...JSON.parse(Input), to: Arn.split(':').at(-1) }));
    };
    const expected = (action: string) => [{ allTables: true, action, by: 'alarm:second-pause-runs', to: 'second-control-run' }];
    expect(asked('ALARM')).toEqual(expected('pause'));
    expect(asked('OK')).toEqual(expected('resume'));
    expect(plainTemplate.all('AWS::CloudWatch::CompositeAlarm')).toEqual([]);
  });

  it('publishes the catalog at each deploy that changes tables or files, when all else is deployed', () => {
    const catalog = fullTemplate.one('Custom::DynamodtCatalog');
    expect(catalog.Properties).toMatchObject({
      tables: { Orders: 'prod-orders', Cities: 'prod-cities', Users: expect.stringMatching(/^imported-Users/) },
      lastWriterWins: ['More3'],
      code: { s3Key: fullTemplate.one('AWS::Lambda::Function', { FunctionName: 'second-publish-catalog' }).Properties.Code.S3Key },
    });
    const publisher = fullTemplate.one('AWS::Lambda::Function', { FunctionName: 'second-catalog-provider' });
    expect(publisher.Properties.Runtime).toBe('nodejs24.x');
    expect(publisher.Properties.Environment.Variables).toMatchObject({
      USER_ON_EVENT_FUNCTION_ARN: 'arn:aws:lambda:us-east-1:000000000000:function:second-publish-catalog',
    });
    const [ids, needed] = [
      fullTemplate.ids(),
      ['Ledger', 'TransformTable', 'TransformAll', ...Object.keys(deployedFunctions).map(pascalCase)],
    ];
    for (const name of needed)
      expect(catalog.DependsOn, name).toContainEqual(
        expect.stringMatching(new RegExp(`^Dynamodt(StateMachines|Functions)?${name}[0-9A-F]{8}$`)),
      );
    expect(ids).toEqual(expect.arrayContaining(catalog.DependsOn ?? []));
  });

  it('alarms people, where there is somebody to tell, and never for silence', () => {
    const alarms = fullTemplate.all('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
    const ours = alarms.filter(({ AlarmName }) => AlarmName?.startsWith('second-'));
    expect(ours.map(({ AlarmName }) => AlarmName)).toEqual([
      'second-runs-failed',
      'second-items-failed',
      'second-table-throttled',
      'second-workers-throttled',
      'second-aws-unavailable',
      'second-events-lost',
      'second-segment-is-long',
      'second-follower-is-late',
      'second-follow-failed',
    ]);
    for (const { AlarmActions, TreatMissingData } of ours) {
      expect(AlarmActions).toEqual([expect.stringContaining('arn:aws:sns:')]);
      expect(TreatMissingData).toBe('notBreaching');
    }
    for (const [, { Properties }] of plainTemplate.all('AWS::CloudWatch::Alarm')) expect(Properties.AlarmActions).toBeUndefined();
  });
});

it('has a dashboard with the pictures of the page of a run, in the same order', () => {
  const { DashboardBody } = plainTemplate.one('AWS::CloudWatch::Dashboard').Properties;
  const { widgets } = JSON.parse(String(DashboardBody)) as { widgets: { y: number; properties: { title: string } }[] };
  const inOrder = widgets.toSorted((a, b) => a.y - b.y).map(({ properties: { title } }) => title.replace(/:.*/, ''));
  const drawn = pageStates['succeeded']?.();
  const titles = [...(drawn ? page(drawn) : '').matchAll(/<h[23]>([^<:]*)/g)].map(([, title = '']) => title);
  expect(inOrder.slice(0, 2)).toEqual(['Alarms', 'At a glance']);
  const pictures = inOrder.slice(2, -1);
  expect(pictures).toEqual(titles.filter((title) => pictures.includes(title)));
  expect(pictures).toHaveLength(6);
});

it('lets two services live in one account', () => {
  const names = (template: ResolvedTemplate) =>
    [
      ['AWS::Lambda::Function', 'FunctionName'],
      ['AWS::StepFunctions::StateMachine', 'StateMachineName'],
      ['AWS::Logs::LogGroup', 'LogGroupName'],
      ['AWS::CloudWatch::Alarm', 'AlarmName'],
      ['AWS::CloudWatch::Dashboard', 'DashboardName'],
      ['AWS::S3::Bucket', 'BucketName'],
      ['AWS::KMS::Alias', 'AliasName'],
      ['AWS::DynamoDB::Table', 'TableName'],
    ].flatMap(([type = '', property = '']) => template.all(type).flatMap(([, { Properties }]) => Properties[property] ?? []));
  expect(names(plainTemplate).length).toBeGreaterThan(30);
  expect(names(plainTemplate).filter((name) => names(fullTemplate).includes(name))).toEqual([]);
});

it('names no role, so that one account can have the service in two regions', () => {
  for (const template of [plainTemplate, fullTemplate])
    expect(template.all('AWS::IAM::Role').filter(([, { Properties }]) => Properties.RoleName)).toEqual([]);
});

it('warns of a table without files, and of replicas that were accepted', () => {
  const warningsOf = (stack: string) => assembly.getStackByName(stack).messages.map(({ entry }) => String(entry.data));
  expect(warningsOf('Plain')).toEqual([]);
  const warnings = warningsOf('Full');
  expect(warnings).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/There are no transformations for More1 yet/),
      expect.stringMatching(/More3 has replicas in eu-west-1/),
    ]),
  );
});
