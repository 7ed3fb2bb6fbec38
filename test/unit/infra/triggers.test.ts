import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Stack, Stage, TimeZone } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { OpenIdConnectProvider } from 'aws-cdk-lib/aws-iam';
import { CodePipeline, CodePipelineSource, type IFileSetProducer, ManualApprovalStep, ShellStep } from 'aws-cdk-lib/pipelines';
import { Dynamodt } from 'dynamodt/cdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detailTypes } from '../../../core/run/events/run-event.ts';
import { TransformStep } from '../../../examples/cdk-pipelines.ts';
import { CodePipelineStack } from '../../../examples/codepipeline-stack.ts';
import { gitHubRole } from '../../../examples/github-role.ts';
import { MaintenanceWindow } from '../../../examples/maintenance-window.ts';
import { SlackEvents } from '../../../examples/slack-events.ts';
import { env, newApp } from '../../support/synthesise.ts';
import { account, ResolvedTemplate, region } from '../../support/template.ts';

const connectionArn = `arn:aws:codeconnections:${region}:${account}:connection/11111111-2222-3333-4444-555555555555`;

function stateMachine(name: string): string {
  return `arn:aws:states:${region}:${account}:stateMachine:${name}-transform-all`;
}

function executions(name: string): string {
  return `arn:aws:states:${region}:${account}:execution:${name}-transform-all:pipeline*`;
}

let opened: { app: App; close(): Promise<void> };
let transformations: string;

beforeAll(async () => {
  transformations = await mkdtemp(join(tmpdir(), 'dynamodt-test-'));
  await mkdir(join(transformations, 'Users'));
  await writeFile(
    join(transformations, 'Users/v1.ts'),
    "export const sequence = 1;\nexport const adds = ['a'];\nexport const transformUp = (item: object) => ({ ...item, a: 1 });\n",
  );
  opened = await newApp();
});
afterAll(async () => {
  await opened?.close();
  await rm(transformations, { recursive: true, force: true });
});

function serviceIn(stack: Stack, name = 'dynamodt'): Dynamodt {
  const users = new TableV2(stack, 'Users', { partitionKey: { name: 'id', type: AttributeType.STRING } });
  return new Dynamodt(stack, 'Dynamodt', { name, tables: { Users: users }, transformations });
}

interface Action {
  Name: string;
  RunOrder: number;
  ActionTypeId: { Category: string; Provider: string };
  Configuration: Record<string, string>;
  RoleArn: string;
}

interface PipelineStage {
  Name: string;
  Actions: Action[];
}

function stagesOf(template: ResolvedTemplate): PipelineStage[] {
  return template.one('AWS::CodePipeline::Pipeline').Properties.Stages;
}

function mayTransform(name: string) {
  return [
    expect.objectContaining({ Action: expect.arrayContaining(['states:StartExecution']), Resource: stateMachine(name) }),
    expect.objectContaining({ Action: 'states:DescribeExecution', Resource: executions(name) }),
  ];
}

describe('CodePipeline', () => {
  let template: ResolvedTemplate;
  let stages: PipelineStage[];

  beforeAll(() => {
    new CodePipelineStack(opened.app, 'Pipeline', { env, connectionArn, owner: 'team', repo: 'shop' });
    opened.app.synth({ force: true });
    template = new ResolvedTemplate(opened.app.outdir, 'Pipeline');
    stages = stagesOf(template);
  });

  it('transforms all tables after the deploy, in a stage of its own', () => {
    expect(stages.map(({ Name }) => Name)).toEqual(['Source', 'Deploy', 'Transform']);
    const [action] = stages[2]?.Actions ?? [];
    expect(action?.ActionTypeId).toMatchObject({ Category: 'Invoke', Provider: 'StepFunctions' });
    expect(action?.Configuration).toMatchObject({ StateMachineArn: stateMachine('dynamodt'), InputType: 'Literal', Input: '{}' });
  });

  it('may start and follow that state machine and no other', () => {
    const statements = template.statementsOf(stages[2]?.Actions[0]?.RoleArn ?? '');

    expect(statements).toEqual(mayTransform('dynamodt'));
  });
});

describe('CDK Pipelines', () => {
  /** Under `exactOptionalPropertyTypes` no step is one. */
  const produced = ({ primaryOutput }: ShellStep | CodePipelineSource): IFileSetProducer => (primaryOutput ? { primaryOutput } : {});

  const application = (stack: Stack, id: string, name: string): Stage => {
    const stage = new Stage(stack, id, { env });
    serviceIn(new Stack(stage, 'Service'), name);
    return stage;
  };

  it("transforms each stage's tables after it is deployed", () => {
    const stack = new Stack(opened.app, 'CdkPipelines', { env });
    const source = CodePipelineSource.connection('team/shop', 'main', { connectionArn });
    const synth = new ShellStep('Synth', {
      input: produced(source),
      commands: ['npm ci', 'npx cdk synth'],
      primaryOutputDirectory: 'cdk.out',
    });
    const pipeline = new CodePipeline(stack, 'Pipeline', { synth: produced(synth) });
    pipeline.addStage(application(stack, 'Test', 'shop-test'), { post: [new TransformStep('TransformTest', 'shop-test')] });
    pipeline.addStage(application(stack, 'Prod', 'shop-prod'), {
      pre: [new ManualApprovalStep('Approve')],
      post: [new TransformStep('TransformProd', 'shop-prod')],
    });
    opened.app.synth({ force: true });

    const template = new ResolvedTemplate(opened.app.outdir, stack.stackName);
    for (const [stageName, name] of [
      ['Test', 'shop-test'],
      ['Prod', 'shop-prod'],
    ] as const) {
      const actions = stagesOf(template).find(({ Name }) => Name === stageName)?.Actions ?? [];
      const transform = actions.find(({ ActionTypeId }) => ActionTypeId.Provider === 'StepFunctions');
      expect(transform?.Configuration).toMatchObject({ StateMachineArn: stateMachine(name), Input: '{}' });
      // Last, and alone.
      const others = actions.filter((action) => action !== transform);
      expect(Math.max(...others.map(({ RunOrder }) => RunOrder))).toBeLessThan(transform?.RunOrder ?? 0);
      expect(template.statementsOf(transform?.RoleArn ?? '')).toEqual(mayTransform(name));
    }
  });
});

describe('a maintenance window', () => {
  let template: ResolvedTemplate;

  beforeAll(() => {
    const stack = new Stack(opened.app, 'Window', { env });
    new MaintenanceWindow(stack, 'Night', {
      dynamodt: serviceIn(stack),
      tables: ['Users'],
      opens: 22,
      closes: 5,
      timeZone: TimeZone.EUROPE_BERLIN,
    });
    opened.app.synth({ force: true });
    template = new ResolvedTemplate(opened.app.outdir, 'Window');
  });

  it('starts, resumes and pauses at its hours', () => {
    const schedules = template.all('AWS::Scheduler::Schedule').map(([, { Properties }]) => ({
      at: Properties.ScheduleExpression,
      zone: Properties.ScheduleExpressionTimezone,
      target: Properties.Target.Arn,
      input: JSON.parse(Properties.Target.Input),
    }));

    const controlRun = `arn:aws:lambda:${region}:${account}:function:dynamodt-control-run`;
    const by = 'alarm:maintenance-window';
    const zone = 'Europe/Berlin';
    expect(schedules).toEqual([
      { at: 'cron(0 22 * * ? *)', zone, target: controlRun, input: { table: 'Users', action: 'resume', by } },
      { at: 'cron(0 5 * * ? *)', zone, target: controlRun, input: { table: 'Users', action: 'pause', by } },
      { at: 'cron(1 22 * * ? *)', zone, target: stateMachine('dynamodt'), input: {} },
    ]);
  });

  it('may do just that', () => {
    const roles = template.all('AWS::Scheduler::Schedule').map(([, { Properties }]) => Properties.Target.RoleArn);
    const statements = [...new Set<string>(roles)].flatMap((role) => template.statementsOf(role));

    expect(new Set(statements.flatMap(({ Action }) => Action))).toEqual(new Set(['lambda:InvokeFunction', 'states:StartExecution']));
    expect(statements.flatMap(({ Resource }) => Resource)).toContain(stateMachine('dynamodt'));
  });
});

it('tells a channel of Slack of events of one service, in their own sentence', () => {
  const stack = new Stack(opened.app, 'Chat', { env });
  new SlackEvents(stack, 'Slack', { workspace: 'T0123456789', channel: 'C0123456789', service: 'shop' });
  opened.app.synth({ force: true });

  const template = new ResolvedTemplate(opened.app.outdir, 'Chat');
  const { EventPattern, Targets } = template.one('AWS::Events::Rule').Properties;
  expect(EventPattern).toMatchObject({ source: ['dynamodt'], detail: { service: ['shop'] } });
  expect(EventPattern['detail-type'].filter((type: string) => !Object.values<string>(detailTypes).includes(type))).toEqual([]);
  expect(Targets[0].InputTransformer.InputPathsMap).toEqual({ 'detail-text': '$.detail.text' });
  expect(template.one('AWS::Chatbot::SlackChannelConfiguration').Properties).toMatchObject({
    SlackChannelId: 'C0123456789',
    SnsTopicArns: [Targets[0].Arn],
  });
});

describe("GitHub's role", () => {
  it('is for one environment of one repository, deploys and operates', () => {
    const stack = new Stack(opened.app, 'GitHub', { env });
    const provider = OpenIdConnectProvider.fromOpenIdConnectProviderArn(
      stack,
      'Provider',
      `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`,
    );
    gitHubRole(stack, provider, { dynamodt: serviceIn(stack, 'shop'), repository: 'team/shop', environment: 'production' });
    opened.app.synth({ force: true });

    const template = new ResolvedTemplate(opened.app.outdir, 'GitHub');
    const role = template.one('AWS::IAM::Role', { RoleName: 'github-transform' });
    expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRoleWithWebIdentity',
        Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com` },
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': 'repo:team/shop:environment:production',
          },
        },
      },
    ]);
    expect(role.Properties.MaxSessionDuration).toBe(6 * 3600);
    const [logicalId = ''] = template.all('AWS::IAM::Role').find(([, { Properties }]) => Properties.RoleName === 'github-transform') ?? [];
    const statements = template.statementsOf(logicalId);
    expect(statements).toContainEqual(
      expect.objectContaining({ Action: 'sts:AssumeRole', Resource: `arn:aws:iam::${account}:role/cdk-hnb659fds-*` }),
    );
    expect(statements.flatMap(({ Resource }) => Resource)).toContain(stateMachine('shop'));
  });
});

it('has every example asserted here or in the workflows', async () => {
  expect((await readdir(join(import.meta.dirname, '../../../examples'))).sort()).toEqual([
    'cdk-pipelines.ts',
    'codepipeline-stack.ts',
    'github-actions',
    'github-role.ts',
    'maintenance-window.ts',
    'slack-events.ts',
    // Asserted by test/unit/core/change/other-item-examples.test.ts and test/engine/lookups.test.ts.
    'transformations',
    // Asserted by test/unit/infra/unused-versions.test.ts.
    'unused-versions.mjs',
    'without-cdk',
  ]);
});
