import { Stack } from 'aws-cdk-lib';
import { AttributeType, StreamViewType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Dynamodt } from 'dynamodt/cdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concurrencyOfFollowing, followSettings } from '../../../../infra/follow/followed-tables.ts';
import { followedStack, fullStack, plainStack } from '../../../support/stacks.ts';
import { env, exampleTransformations, newApp } from '../../../support/synthesise.ts';
import { account, ResolvedTemplate, region, type Statement } from '../../../support/template.ts';

/** What a stack has if it follows tables, and what it has not if it follows none. */

let close: () => Promise<void>;
let plain: ResolvedTemplate;
let followed: ResolvedTemplate;
let full: ResolvedTemplate;

beforeAll(async () => {
  const created = await newApp();
  close = created.close;
  plainStack(created.app);
  followedStack(created.app);
  fullStack(created.app);
  created.app.synth();
  plain = new ResolvedTemplate(created.app.outdir, 'Plain');
  followed = new ResolvedTemplate(created.app.outdir, 'Followed');
  full = new ResolvedTemplate(created.app.outdir, 'Full');
});
afterAll(() => close?.());

function mappingsOf(template: ResolvedTemplate) {
  return template.all('AWS::Lambda::EventSourceMapping').map(([, resource]) => resource);
}

function statementsOf(template: ResolvedTemplate, prefix: string, name = 'follow-stream'): Statement[] {
  return template.statementsOf(template.one('AWS::Lambda::Function', { FunctionName: `${prefix}-${name}` }).Properties.Role);
}

it('a stack that follows no table has no function, mapping, alarm or permission for it', () => {
  const types = [
    'AWS::Lambda::Function',
    'AWS::Lambda::EventSourceMapping',
    'AWS::CloudWatch::Alarm',
    'AWS::IAM::Role',
    'Custom::DynamodtCatalog',
  ];
  const text = JSON.stringify(types.flatMap((type) => plain.all(type)));
  expect(text).toContain('dynamodt-segment-is-long');
  expect(text).not.toMatch(/follow-stream|follow-failed|follower|ListStreams|EventSourceMapping|"follows"/);
});

describe('the mapping of a followed table', () => {
  it('calls follow-stream with all records that the stream has, reports failures by items, and tells the queue what was given up before DynamoDB deletes it', () => {
    const [mapping, ...others] = mappingsOf(followed);
    expect(others).toEqual([]);
    expect(mapping?.Properties).toEqual({
      FunctionName: 'followed-follow-stream',
      EventSourceArn: expect.stringMatching(/:table\/Users\w+\/stream\/latest$/),
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      ParallelizationFactor: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: -1,
      MaximumRecordAgeInSeconds: 82_800,
      DestinationConfig: { OnFailure: { Destination: expect.stringContaining('LostEvents') } },
    });
  });

  it('is made when the catalog is published, by which the function knows the table', () => {
    const [catalog] = followed.all('Custom::DynamodtCatalog').map(([id]) => id);
    expect(mappingsOf(followed)[0]?.DependsOn).toContain(catalog);
    expect(followed.one('Custom::DynamodtCatalog').Properties.follows).toEqual(['Users']);
  });

  it('exists for each of them, and for imported ones by the ARN that was given', () => {
    expect(mappingsOf(full)).toHaveLength(2);
    expect(mappingsOf(full).map(({ Properties }) => Properties.EventSourceArn)).toContain(
      `arn:aws:dynamodb:${region}:${account}:table/prod-more2/stream/2026-01-01T00:00:00.000`,
    );
    expect(full.one('Custom::DynamodtCatalog').Properties.follows).toEqual(['More1', 'More2']);
  });
});

describe('follow-stream', () => {
  it('knows the settings of each table, and gets their concurrency together', () => {
    const { Environment, ReservedConcurrentExecutions } = full.one('AWS::Lambda::Function', {
      FunctionName: 'second-follow-stream',
    }).Properties;
    expect(JSON.parse(Environment.Variables.DYNAMODT_FOLLOW)).toEqual({
      More1: { units: 50, concurrency: 3, writerAttribute: 'updatedBy' },
      More2: { units: 100, concurrency: 2 },
    });
    expect(ReservedConcurrentExecutions).toBe(5);
    for (const [, { Properties }] of full.all('AWS::Lambda::Function').filter(
      ([
        ,
        {
          Properties: { FunctionName },
        },
      ]) => FunctionName !== 'second-follow-stream',
    ))
      expect(Properties.Environment?.Variables?.DYNAMODT_FOLLOW).toBeUndefined();
  });

  it('reads the streams, and changes the items, of followed tables only', () => {
    const table = (name: string) => `arn:aws:dynamodb:${region}:${account}:table/${name}`;
    const on = (resource: string) =>
      statementsOf(full, 'second')
        .filter(({ Resource }) => [Resource].flat().includes(resource))
        .flatMap(({ Action }) => Action);
    expect(on(table('prod-more2')).sort()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:DescribeTable',
      'dynamodb:GetItem',
      'dynamodb:PartiQLUpdate',
      'dynamodb:UpdateItem',
    ]);
    expect(on(`${table('prod-more2')}/stream/2026-01-01T00:00:00.000`)).toEqual([
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
    ]);
    expect(on(table('prod-orders'))).toEqual([]);
    const records = statementsOf(full, 'second').filter(({ Action }) => [Action].flat().includes('dynamodb:UpdateItem'));
    expect(records.flatMap(({ Condition }) => Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [])).toEqual([
      'follow#*',
    ]);
  });

  it('may use the key of a followed table, and none of another', async () => {
    const { app, close: end } = await newApp();
    try {
      const stack = new Stack(app, 'Keyed', { env });
      const partitionKey = { name: 'id', type: AttributeType.STRING };
      const given = (name: string, follow: boolean) => ({
        table: new TableV2(stack, name, { partitionKey, dynamoStream: StreamViewType.NEW_IMAGE }),
        encryption: Key.fromKeyArn(stack, `${name}Key`, `arn:aws:kms:${region}:${account}:key/of-${name}`),
        follow,
      });
      const tables = Object.fromEntries(['Users', 'Orders', 'Authors', 'Cities'].map((name) => [name, given(name, name === 'Orders')]));
      new Dynamodt(stack, 'Dynamodt', { tables, transformations: exampleTransformations });
      app.synth();
      const keys = statementsOf(new ResolvedTemplate(app.outdir, 'Keyed'), 'dynamodt').flatMap(({ Resource }) => Resource);
      expect(keys.filter((key) => key.includes(':key/of-'))).toEqual([`arn:aws:kms:${region}:${account}:key/of-Orders`]);
    } finally {
      await end();
    }
  });

  it('is paused, resumed and asked to try again by whoever may operate, and looked at by whoever may observe or plan', () => {
    const actions = (role: string) =>
      full
        .statementsOf(full.all('AWS::IAM::Role').find(([id]) => id.startsWith(role))?.[0] ?? '')
        .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('lambda:')));
    const follower = `arn:aws:lambda:${region}:${account}:function:second-follow-stream`;
    expect(actions('Pipeline')).toEqual([
      { Effect: 'Allow', Action: 'lambda:ListEventSourceMappings', Resource: '*' },
      { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: follower },
      {
        Effect: 'Allow',
        Action: 'lambda:UpdateEventSourceMapping',
        Resource: `arn:aws:lambda:${region}:${account}:event-source-mapping:*`,
        Condition: { ArnEquals: { 'lambda:FunctionArn': follower } },
      },
    ]);
    for (const role of ['Observer', 'Planner'])
      expect(actions(role).map(({ Action }) => Action)).toEqual(['lambda:ListEventSourceMappings']);
  });
});

it('the alarms name what to do if the follower is late, fails, or gave records up', () => {
  const alarms = followed.all('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
  const described = (name: string) => alarms.find(({ AlarmName }) => AlarmName === `followed-${name}`);
  expect(described('follower-is-late')).toMatchObject({ MetricName: 'IteratorAge', Statistic: 'Maximum', Threshold: 300_000 });
  expect(described('follow-failed')).toMatchObject({ MetricName: 'FollowFailed', Threshold: 1 });
  expect(described('events-lost')?.AlarmDescription).toMatch(/records of a stream were given up.*docs\/follow\.md/);
  expect(plain.one('AWS::CloudWatch::Alarm', { AlarmName: 'dynamodt-events-lost' }).Properties.AlarmDescription).not.toMatch(/stream/);
});

it('the dashboard shows the curve of items of an older shape, by table and version', () => {
  const body = (template: ResolvedTemplate) => JSON.stringify(template.one('AWS::CloudWatch::Dashboard').Properties.DashboardBody);
  expect(body(followed)).toMatch(/sequence,service,table.*MetricName.*OldShapeItems/);
  expect(body(followed)).toContain('IteratorAge');
  expect(body(plain)).not.toMatch(/OldShapeItems|IteratorAge/);
});

describe('the settings of followed tables', () => {
  it('are refused if they do not fit in the environment of a function, with the figure', () => {
    const follows = { units: 100, concurrency: 2, streamArn: 'arn' };
    const tables = Array.from({ length: 80 }, (_, index) => ({ name: `Table${index}`, follows }));
    expect(() => followSettings(tables)).toThrow(/The settings of the 80 followed tables have \d{4} bytes.*room for 3000/);
    expect(concurrencyOfFollowing(tables)).toBe(160);
    expect(concurrencyOfFollowing([])).toBeUndefined();
  });
});
