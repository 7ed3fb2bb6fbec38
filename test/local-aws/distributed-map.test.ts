import {
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, oneTask, sharedDynamoDb, startFixture, until } from './fixture.ts';

const work = `
  if (event.error) throw Object.assign(new Error('on purpose'), { name: event.error });
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
  if (event.bytes) return 'x'.repeat(event.bytes);
  return event.name ?? null;
`;

function fan(settings: Record<string, unknown>) {
  return {
    StartAt: 'Fan',
    States: {
      Fan: {
        Type: 'Map',
        Label: 'Fan',
        ItemsPath: '$.items',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...oneTask({ Retry: [{ ErrorEquals: ['Retried'], IntervalSeconds: 1, JitterStrategy: 'FULL', MaxAttempts: 2 }] }),
        },
        ...settings,
        Next: 'Done',
      },
      Done: { Type: 'Succeed' },
    },
  };
}

const machines = {
  plain: fan({}),
  paths: fan({
    ItemSelector: { 'name.$': "States.Format('{}{}', $.prefix, $$.Map.Item.Value)", 'error.$': '$.error', 'index.$': '$$.Map.Item.Index' },
    MaxConcurrencyPath: '$.concurrency',
    ToleratedFailurePercentagePath: '$.tolerated',
    ResultPath: '$.names',
  }),
  'two-at-once': fan({ MaxConcurrency: 2 }),
  discarding: fan({ ResultPath: null }),
  tolerant: fan({ ToleratedFailureCount: 1 }),
};

describe('Distributed Map', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({ functions: { work }, machines }, sharedDynamoDb());
  });
  afterAll(() => fixture.close());
  afterEach(() => fixture.killFunctions());

  const mapRunOf = async (executionArn: string): Promise<string> =>
    until(async () => (await fixture.sfn.send(new ListMapRunsCommand({ executionArn }))).mapRuns?.[0]?.mapRunArn);
  const describeRun = async (mapRunArn: string) => fixture.sfn.send(new DescribeMapRunCommand({ mapRunArn }));

  it('runs each item as an execution of its own and keeps the order of the results', async () => {
    const { arn, output } = await fixture.run('paths', { items: [1, 2, 3], prefix: 'n', error: null, concurrency: 2, tolerated: 0 });

    expect(output).toMatchObject({ names: ['n1', 'n2', 'n3'] });
    expect(await fixture.eventTypes(arn)).toEqual([
      'ExecutionStarted',
      'MapStateEntered',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
      'SucceedStateEntered',
      'SucceedStateExited',
      'ExecutionSucceeded',
    ]);
    const run = await describeRun(await mapRunOf(arn));
    expect(run).toMatchObject({
      executionArn: arn,
      status: 'SUCCEEDED',
      maxConcurrency: 2,
      itemCounts: { total: 3, succeeded: 3, pending: 0 },
    });
    expect(run.mapRunArn).toMatch(/^arn:aws:states:us-east-1:000000000000:mapRun:dynamodt-paths\/Fan:/);
    const { executions = [] } = await fixture.sfn.send(new ListExecutionsCommand({ mapRunArn: run.mapRunArn }));
    expect(executions).toHaveLength(3);
    for (const child of executions)
      expect(child.executionArn).toMatch(/^arn:aws:states:us-east-1:000000000000:execution:dynamodt-paths\/Fan:/);
    expect((await fixture.eventTypes(executions[0]?.executionArn ?? '')).at(-1)).toBe('ExecutionSucceeded');
  });

  it('retries within a child', async () => {
    const { arn, error } = await fixture.run('plain', { items: [{ error: 'Retried' }] });

    expect(error).toBe('States.ExceedToleratedFailureThreshold');
    const { executions = [] } = await fixture.sfn.send(new ListExecutionsCommand({ mapRunArn: await mapRunOf(arn) }));
    const types = await fixture.eventTypes(executions[0]?.executionArn ?? '');
    expect(types.filter((type) => type === 'LambdaFunctionFailed')).toHaveLength(3);
  });

  it('fails at the first failure, and aborts what runs', async () => {
    const { arn, status, error, cause } = await fixture.run('plain', { items: [{ hang: true }, { error: 'Bad' }] });

    expect({ status, error, cause }).toEqual({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
      cause: 'The specified tolerated failure threshold was exceeded',
    });
    expect((await fixture.eventTypes(arn)).slice(-3)).toEqual(['MapRunFailed', 'MapStateFailed', 'ExecutionFailed']);
    expect(await describeRun(await mapRunOf(arn))).toMatchObject({ status: 'FAILED', itemCounts: { failed: 1, aborted: 1, running: 0 } });
  });

  it('tolerates as many failures as it is told, by count and by percentage', async () => {
    const items = [{ name: 'a' }, { error: 'Bad' }, { name: 'c' }];
    const byPercentage = { items: [1, 2, 3], prefix: '', error: 'Bad', concurrency: 0 };

    expect((await fixture.run('tolerant', { items })).output).toEqual(['a', 'c']);
    expect((await fixture.run('tolerant', { items: [...items, { error: 'Bad' }] })).status).toBe('FAILED');
    expect((await fixture.run('paths', { ...byPercentage, tolerated: 100 })).status).toBe('SUCCEEDED');
    expect((await fixture.run('paths', { ...byPercentage, tolerated: 66 })).status).toBe('FAILED');
  });

  it('keeps to its concurrency, which can be raised while it runs', async () => {
    const arn = await fixture.start('two-at-once', { items: Array(4).fill({ hang: true }) });
    const mapRunArn = await mapRunOf(arn);
    const running = async () => (await describeRun(mapRunArn)).itemCounts;

    expect(await until(async () => ((await running())?.running ?? 0) > 0 && (await running()))).toMatchObject({ running: 2, pending: 2 });
    await fixture.sfn.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 3 }));
    expect(await until(async () => ((await running())?.running ?? 0) > 2 && (await running()))).toMatchObject({ running: 3, pending: 1 });

    await fixture.sfn.send(new StopExecutionCommand({ executionArn: arn }));
    expect(await describeRun(mapRunArn)).toMatchObject({ status: 'ABORTED', maxConcurrency: 3, itemCounts: { aborted: 3, pending: 1 } });
    expect((await fixture.eventTypes(arn)).slice(-3)).toEqual(['MapRunAborted', 'MapStateAborted', 'ExecutionAborted']);
  });

  it('fails when the results are over 256 KiB in all, even if they are discarded', async () => {
    const { error } = await fixture.run('discarding', { items: [{ bytes: 140_000 }, { bytes: 140_000 }] });

    expect(error).toBe('States.DataLimitExceeded');
    expect((await fixture.run('discarding', { items: [{ bytes: 140_000 }] })).status).toBe('SUCCEEDED');
  });

  it('runs many more children than there are processes', async () => {
    const { arn, status } = await fixture.run('plain', { items: Array.from({ length: 300 }, (_, index) => ({ name: String(index) })) });

    expect(status).toBe('SUCCEEDED');
    const { events = [] } = await fixture.sfn.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    expect(events.find(({ type }) => type === 'MapStateStarted')?.mapStateStartedEventDetails?.length).toBe(300);
  });
});
