import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, RemovalPolicy, Stack, Tags, Validations } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { HIPAASecurityChecks, NIST80053R5Checks } from 'cdk-nag';
import { Dynamodt, type DynamodtProps } from 'dynamodt/cdk';
import { afterEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../infra/package-root.ts';
import { env, exampleTransformations, newApp } from '../../support/synthesise.ts';
import { account, ResolvedTemplate, region } from '../../support/template.ts';

/** What organisations with strict rules ask of every stack. */

const boundaryArn = `arn:aws:iam::${account}:policy/boundary`;
const partitionKey = { name: 'id', type: AttributeType.STRING };

let opened: { app: App; close(): Promise<void> } | undefined;
afterEach(() => opened?.close());

async function stackWith(props: (stack: Stack) => Partial<DynamodtProps> = () => ({})) {
  opened = await newApp();
  const stack = new Stack(opened.app, 'Strict', { env });
  const tables = Object.fromEntries(
    ['Users', 'Orders', 'Cities', 'Authors'].map((name) => [name, new TableV2(stack, name, { partitionKey })]),
  );
  const service = new Dynamodt(stack, 'Dynamodt', { tables, transformations: exampleTransformations, ...props(stack) });
  const { app } = opened;
  const synthesise = () => {
    app.synth();
    return new ResolvedTemplate(app.outdir, 'Strict');
  };
  return { app, stack, service, synthesise };
}

describe('a permissions boundary', () => {
  it('is that of every role, also of the functions of CDK, by its own aspect', async () => {
    const { stack, synthesise } = await stackWith(() => ({ removalPolicy: RemovalPolicy.DESTROY }));
    PermissionsBoundary.of(stack).apply(ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', boundaryArn));
    const roles = synthesise().all('AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(14);
    for (const [id, { Properties }] of roles) expect(Properties.PermissionsBoundary, id).toBe(boundaryArn);
  });
});

describe('tags', () => {
  it('are on everything that can have tags, by CDK', async () => {
    const { service, synthesise } = await stackWith();
    Tags.of(service).add('cost-center', '4711');
    const template = synthesise();
    const tagged = { Key: 'cost-center', Value: '4711' };
    const types = [
      'AWS::Lambda::Function',
      'AWS::IAM::Role',
      'AWS::Logs::LogGroup',
      'AWS::StepFunctions::StateMachine',
      'AWS::S3::Bucket',
      'AWS::KMS::Key',
      'AWS::DynamoDB::Table',
      'AWS::SQS::Queue',
      'AWS::CloudWatch::Alarm',
    ];
    for (const type of types) {
      const resources = template.all(type).filter(([id]) => id.startsWith('Dynamodt'));
      expect(resources.length, type).toBeGreaterThan(0);
      for (const [id, { Properties }] of resources) expect(Properties.Tags, id).toContainEqual(tagged);
    }
  });
});

describe('logs', () => {
  it('are encrypted under the key of the service if it is said, which CloudWatch may use for these log groups only', async () => {
    const template = (await stackWith(() => ({ encryptLogs: true }))).synthesise();
    const [[keyId = '', key] = []] = template.all('AWS::KMS::Key');
    const groups = template.all('AWS::Logs::LogGroup');
    expect(groups.length).toBe(14);
    for (const [id, { Properties }] of groups) expect(Properties.KmsKeyId, id).toBe(`arn:aws:kms:${region}:${account}:key/${keyId}`);
    expect(key?.Properties.KeyPolicy.Statement).toContainEqual(
      expect.objectContaining({
        Principal: { Service: `logs.${region}.amazonaws.com` },
        Condition: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': [
              `arn:aws:logs:${region}:${account}:log-group:/aws/lambda/dynamodt-*`,
              `arn:aws:logs:${region}:${account}:log-group:/aws/vendedlogs/states/dynamodt-*`,
            ],
          },
        },
      }),
    );
  });

  it('are under a given key, with a warning if CDK cannot change its policy', async () => {
    const keyArn = `arn:aws:kms:${region}:${account}:key/33333333-2222-3333-4444-555555555555`;
    const { app, synthesise } = await stackWith((stack) => ({ encryptLogs: Key.fromKeyArn(stack, 'LogKey', keyArn) }));
    for (const [id, { Properties }] of synthesise().all('AWS::Logs::LogGroup')) expect(Properties.KmsKeyId, id).toBe(keyArn);
    const warnings = app
      .synth()
      .getStackByName('Strict')
      .messages.map(({ entry }) => String(entry.data));
    expect(warnings).toContainEqual(expect.stringContaining('policy must permit CloudWatch Logs'));
  });

  it('are under a key of AWS otherwise', async () => {
    for (const [id, { Properties }] of (await stackWith()).synthesise().all('AWS::Logs::LogGroup'))
      expect(Properties.KmsKeyId, id).toBeUndefined();
  });
});

describe('trust', () => {
  it('of Step Functions is for state machines of this account and region', async () => {
    const roles = (await stackWith()).synthesise().all('AWS::IAM::Role');
    const trusted = roles.flatMap(([, { Properties }]) => Properties.AssumeRolePolicyDocument.Statement);
    const states = trusted.filter(({ Principal }) => Principal.Service === 'states.amazonaws.com');
    expect(states).toHaveLength(2);
    for (const { Condition } of states)
      expect(Condition).toEqual({
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': `arn:aws:states:${region}:${account}:*` },
      });
  });

  it('of functions names the rule or the resource that may call them', async () => {
    for (const [id, { Properties }] of (await stackWith()).synthesise().all('AWS::Lambda::Permission'))
      expect(Properties.SourceArn, id).toMatch(/^arn:aws:events:/);
  });
});

describe('an event that is lost', () => {
  it('is kept in a queue, whether Lambda gave up on it or it never reached Lambda, and raises the alarm', async () => {
    const template = (await stackWith((stack) => ({ notify: new Topic(stack, 'Notify') }))).synthesise();
    const [[queueId = '', queue] = []] = template.all('AWS::SQS::Queue');
    expect(queue?.Properties).toMatchObject({
      QueueName: 'dynamodt-lost-events',
      SqsManagedSseEnabled: true,
      MessageRetentionPeriod: 1_209_600,
    });
    const configured = template.all('AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => Properties);
    expect(configured.map(({ FunctionName }) => FunctionName).sort()).toEqual(['dynamodt-control-run', 'dynamodt-record-failure']);
    for (const { DestinationConfig, FunctionName } of configured) {
      expect(DestinationConfig.OnFailure.Destination).toContain(queueId);
      const { Role } = template.one('AWS::Lambda::Function', { FunctionName }).Properties;
      expect(template.statementsOf(Role)).toContainEqual(expect.objectContaining({ Action: 'sqs:SendMessage' }));
    }
    for (const [, { Properties }] of template.all('AWS::Events::Rule'))
      for (const { Arn, DeadLetterConfig } of Properties.Targets)
        if (Arn.includes(':function:')) expect(DeadLetterConfig.Arn).toContain(queueId);
    const alarm = template.one('AWS::CloudWatch::Alarm', { AlarmName: 'dynamodt-events-lost' });
    expect(JSON.stringify(alarm.Properties.Metrics)).toContain('ApproximateNumberOfMessagesVisible');
  });
});

describe.each([
  ['NIST.800.53.R5', NIST80053R5Checks],
  ['HIPAA.Security', HIPAASecurityChecks],
] as const)('%s of cdk-nag', (pack, Checks) => {
  it('finds what docs/security.md lists, and nothing else', async () => {
    const { app } = await stackWith((stack) => ({ encryptLogs: true, notify: new Topic(stack, 'Notify') }));
    Validations.of(app).addPlugins(new Checks(app));
    expect(() => app.synth()).toThrow(pack);
    const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8'));
    const violations: { ruleName: string; violatingConstructs: { constructPath: string }[] }[] = report.pluginReports.flatMap(
      ({ violations: found }: { violations: unknown[] }) => found,
    );
    const ours = violations.filter(({ violatingConstructs }) =>
      violatingConstructs.some(({ constructPath }) => constructPath.startsWith('Strict/Dynamodt/')),
    );
    const found = [...new Set(ours.map(({ ruleName }) => ruleName.replace(`${pack}-`, '').replace(/\[.*$/, '')))].sort();
    const page = readFileSync(join(packageRoot, 'docs/security.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].flatMap(([, rule = '', packs = '']) =>
      packs.includes(pack) ? [rule] : [],
    );
    expect(found).toEqual(listed.sort());
  });
});
