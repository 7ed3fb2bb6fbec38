import {
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, functionArn, oneTask, sharedDynamoDb, startFixture, until } from './fixture.ts';

const work = `
  if (event.error) throw Object.assign(new Error('on purpose'), { name: event.error });
  if (event.bytes) return 'x'.repeat(event.bytes);
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
  const seen = (globalThis.seen ??= new Set());
  if (event.failOnce && !seen.has(event.failOnce) && seen.add(event.failOnce)) throw Object.assign(new Error('once'), { name: 'Flaky' });
  return { doubled: 2 * (event.number ?? 0), region: process.env.AWS_REGION };
`;

const machines = {
  double: oneTask({ Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, JitterStrategy: 'FULL', MaxAttempts: 1 }] }),
  'double-optimised': oneTask({
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: functionArn('Work'), 'Payload.$': '$' },
    OutputPath: '$.Payload',
  }),
  impatient: oneTask({ TimeoutSeconds: 1 }),
  'as-patient-as-its-input': {
    StartAt: 'Work',
    States: {
      Work: {
        Type: 'Task',
        Resource: functionArn('Work'),
        TimeoutSecondsPath: '$.seconds',
        Catch: [{ ErrorEquals: ['States.Timeout'], ResultPath: null, Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', Result: 'in time', ResultPath: '$.caught', End: true },
    },
  },
  mortal: oneTask({}, { TimeoutSeconds: 1 }),
  catching: {
    StartAt: 'Work',
    States: {
      Work: {
        Type: 'Task',
        Resource: functionArn('Work'),
        Catch: [{ ErrorEquals: ['Known'], ResultPath: '$.failure', Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    },
  },
  'catching-task-failed': {
    StartAt: 'Work',
    States: {
      Work: {
        Type: 'Task',
        Resource: functionArn('Work'),
        TimeoutSeconds: 1,
        Retry: [{ ErrorEquals: ['States.TaskFailed'], MaxAttempts: 0 }],
        Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: null, Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    },
  },
  endless: {
    StartAt: 'Round',
    States: {
      Round: { Type: 'Pass', Next: 'Again' },
      Again: { Type: 'Choice', Choices: [{ Variable: '$.end', IsPresent: true, Next: 'End' }], Default: 'Round' },
      End: { Type: 'Succeed' },
    },
  },
  sorting: {
    StartAt: 'Choose',
    States: {
      Choose: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.number', IsPresent: false, Next: 'Absent' },
          {
            And: [
              { Variable: '$.number', IsString: false },
              { Variable: '$.number', NumericLessThan: 10 },
            ],
            Next: 'Low',
          },
        ],
        Default: 'High',
      },
      Absent: { Type: 'Fail', Error: 'NoNumber', Cause: 'give one' },
      Low: {
        Type: 'Pass',
        Parameters: { id: 'low', 'execution.$': '$$.Execution', 'machine.$': '$$.StateMachine.Name' },
        ResultPath: '$.low',
        End: true,
      },
      High: { Type: 'Pass', Result: 'high', ResultPath: '$', End: true },
    },
  },
  inline: {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        ItemsPath: '$.numbers',
        ItemSelector: { 'number.$': '$$.Map.Item.Value', 'error.$': '$.error' },
        MaxConcurrency: 2,
        ItemProcessor: oneTask({ ResultSelector: { 'doubled.$': '$.doubled', 'index.$': '$$.Map.Item.Index' } }),
        End: true,
      },
    },
  },
};

describe('a state machine that local AWS cannot run', () => {
  const broken: [string, Record<string, unknown>][] = [
    ['is missing a terminal state', { StartAt: 'Round', States: { Round: { Type: 'Pass', Next: 'Round' } } }],
    ['the state Both is a Parallel', { StartAt: 'Both', States: { Both: { Type: 'Parallel', Branches: [oneTask({})], End: true } } }],
    ['{Unknown} is unknown', oneTask({ Resource: functionArn('Work').replace('WorkFunctionArn', 'Unknown') })],
    ['the state Work has the resource arn:aws:states:::sqs:sendMessage', oneTask({ Resource: 'arn:aws:states:::sqs:sendMessage' })],
    ['the state Work has HeartbeatSeconds', oneTask({ HeartbeatSeconds: 1 })],
    ['the state Work has the TimeoutSecondsPath $.a.seconds', oneTask({ TimeoutSecondsPath: '$.a.seconds' })],
  ];

  it.each(broken)('is refused at the start: %s', async (reason, machine) => {
    await expect(startFixture({ machines: { broken: machine } }, sharedDynamoDb())).rejects.toThrow(reason);
  });
});

describe('Step Functions', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({ functions: { work }, machines }, sharedDynamoDb());
  });
  afterAll(() => fixture.close());
  afterEach(() => fixture.killFunctions());

  it('runs a function and records what AWS records', async () => {
    const { arn, status, output } = await fixture.run('double', { number: 21 });

    expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: { doubled: 42, region: 'us-east-1' } });
    const { events = [] } = await fixture.sfn.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    expect(events.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'TaskStateEntered'],
      [3, 2, 'LambdaFunctionScheduled'],
      [4, 3, 'LambdaFunctionStarted'],
      [5, 4, 'LambdaFunctionSucceeded'],
      [6, 5, 'TaskStateExited'],
      [7, 6, 'ExecutionSucceeded'],
    ]);
    expect(events[1]?.stateEnteredEventDetails).toEqual({ name: 'Work', input: '{"number":21}', inputDetails: { truncated: false } });
    expect(events[2]?.lambdaFunctionScheduledEventDetails?.resource).toBe('arn:aws:lambda:us-east-1:000000000000:function:dynamodt-work');
    expect(events[0]?.timestamp).toBeInstanceOf(Date);
  });

  it('pages the history, backwards and without data', async () => {
    const { arn } = await fixture.run('double', {});
    const ask = (nextToken?: string) =>
      fixture.sfn.send(
        new GetExecutionHistoryCommand({ executionArn: arn, maxResults: 4, reverseOrder: true, includeExecutionData: false, nextToken }),
      );

    const first = await ask();
    const second = await ask(first.nextToken);

    expect([...(first.events ?? []), ...(second.events ?? [])].map(({ id }) => id)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(second.nextToken).toBeUndefined();
    expect(first.events?.[0]?.executionSucceededEventDetails?.output).toBeUndefined();
  });

  it('wraps event and result of the optimised integration', async () => {
    const { arn, output } = await fixture.run('double-optimised', { number: 4 });
    const { events = [] } = await fixture.sfn.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    expect(JSON.parse(events[4]?.taskSucceededEventDetails?.output ?? '')).toEqual({
      ExecutedVersion: '$LATEST',
      Payload: expect.objectContaining({ doubled: 8 }),
      StatusCode: 200,
      SdkHttpMetadata: {
        AllHttpHeaders: expect.objectContaining({ 'X-Amz-Executed-Version': ['$LATEST'] }),
        HttpHeaders: expect.objectContaining({ 'X-Amz-Executed-Version': '$LATEST' }),
        HttpStatusCode: 200,
      },
      SdkResponseMetadata: { RequestId: expect.any(String) },
    });

    expect(output).toMatchObject({ doubled: 8 });
    expect(await fixture.eventTypes(arn)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('fails with the name that the function threw, and with its trace as the cause', async () => {
    const { arn, status, error, cause = '' } = await fixture.run('double', { error: 'ItemsFailed' });

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'ItemsFailed' });
    expect(JSON.parse(cause)).toEqual({ errorType: 'ItemsFailed', errorMessage: 'on purpose', trace: expect.any(Array) });
    expect((await fixture.eventTypes(arn)).slice(-2)).toEqual(['LambdaFunctionFailed', 'ExecutionFailed']);
  });

  it('retries what a retrier names, and only that', async () => {
    const { arn, status } = await fixture.run('double', { failOnce: 'a' });

    expect(status).toBe('SUCCEEDED');
    expect((await fixture.eventTypes(arn)).filter((type) => type === 'LambdaFunctionScheduled')).toHaveLength(2);
    const other = await fixture.run('double', { error: 'Other' });
    expect((await fixture.eventTypes(other.arn)).filter((type) => type === 'LambdaFunctionScheduled')).toHaveLength(1);
  });

  it('goes on where a catcher says', async () => {
    const { output } = await fixture.run('catching', { error: 'Known' });

    expect(output).toEqual({ error: 'Known', failure: { Error: 'Known', Cause: expect.stringContaining('on purpose') } });
  });

  it('takes any failure of a Task but a timeout for States.TaskFailed', async () => {
    const [failed, timedOut] = await Promise.all([
      fixture.run('catching-task-failed', { error: 'Whatever' }),
      fixture.run('catching-task-failed', { hang: true }),
    ]);

    expect(failed).toMatchObject({ status: 'SUCCEEDED', output: { error: 'Whatever' } });
    expect(timedOut).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('times a Task out after the seconds that its input says', async () => {
    const [timedOut, without] = await Promise.all([
      fixture.run('as-patient-as-its-input', { hang: true, seconds: 1 }),
      fixture.run('as-patient-as-its-input', { number: 1 }),
    ]);

    expect(timedOut).toMatchObject({ status: 'SUCCEEDED', output: { seconds: 1, caught: 'in time' } });
    expect(without).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('times a Task out, and an execution', async () => {
    const [task, execution] = await Promise.all([fixture.run('impatient', { hang: true }), fixture.run('mortal', { hang: true })]);

    expect([task.status, task.error, task.cause]).toEqual(['FAILED', 'States.Timeout', undefined]);
    expect((await fixture.eventTypes(task.arn)).slice(-2)).toEqual(['LambdaFunctionTimedOut', 'ExecutionFailed']);
    expect([execution.status, execution.error]).toEqual(['TIMED_OUT', 'States.Timeout']);
    expect((await fixture.eventTypes(execution.arn)).at(-1)).toBe('ExecutionTimedOut');
  });

  it('follows choices, type tests for false included, and gives the context object', async () => {
    const low = await fixture.run('sorting', { number: 1 });

    expect(low.output).toMatchObject({
      number: 1,
      low: { id: 'low', machine: 'dynamodt-sorting', execution: { Id: low.arn, Input: { number: 1 }, RedriveCount: 0 } },
    });
    expect((await fixture.run('sorting', { number: 11 })).output).toBe('high');
    expect(await fixture.run('sorting', {})).toMatchObject({ status: 'FAILED', error: 'NoNumber', cause: 'give one' });
  });

  it('runs an inline Map within the execution', async () => {
    const { arn, output } = await fixture.run('inline', { numbers: [1, 2, 3], error: null });

    expect(output).toEqual([
      { doubled: 2, index: 0 },
      { doubled: 4, index: 1 },
      { doubled: 6, index: 2 },
    ]);
    const types = await fixture.eventTypes(arn);
    expect(types.filter((type) => type?.startsWith('MapIteration')).sort()).toEqual([
      ...Array(3).fill('MapIterationStarted'),
      ...Array(3).fill('MapIterationSucceeded'),
    ]);
    expect(await fixture.run('inline', { numbers: [1, 2], error: 'Odd' })).toMatchObject({ status: 'FAILED', error: 'Odd' });
  });

  it('stops an execution; its function goes on', async () => {
    const arn = await fixture.start('double', { hang: true, mark: 'stopped' });
    const pid = await until(() => fixture.aws.functionProcesses().find(({ event }) => JSON.stringify(event)?.includes('stopped'))?.pid);

    await fixture.sfn.send(new StopExecutionCommand({ executionArn: arn, error: 'Enough', cause: 'I said so' }));

    expect(await fixture.ended(arn)).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'I said so' });
    expect((await fixture.eventTypes(arn)).slice(-2)).toEqual(['LambdaFunctionStarted', 'ExecutionAborted']);
    expect(fixture.aws.functionProcesses().map((process) => process.pid)).toContain(pid);
    process.kill(pid, 'SIGKILL');
  });

  it('gives the same answer for the same start while it runs, and refuses another', async () => {
    const first = await fixture.start('double', { hang: true }, 'once');

    expect(await fixture.start('double', { hang: true }, 'once')).toBe(first);
    await expect(fixture.start('double', { number: 1 }, 'once')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: first }));
    await expect(fixture.start('double', { hang: true }, 'once')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it.each([
    ['InvalidName', { name: 'a b' }],
    ['InvalidName', { name: 'a'.repeat(81) }],
    ['InvalidExecutionInput', { input: '{' }],
    ['InvalidExecutionInput', { input: JSON.stringify('a'.repeat(262_143)) }],
    ['StateMachineDoesNotExist', { stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:nope' }],
    ['InvalidArn', { stateMachineArn: 'nope' }],
  ])('refuses a start with %s', async (name, wrong) => {
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:dynamodt-double';

    await expect(fixture.sfn.send(new StartExecutionCommand({ stateMachineArn, ...wrong }))).rejects.toMatchObject({ name });
  });

  it('fails over 256 KiB, which nothing retries', async () => {
    const { arn, error } = await fixture.run('double', { bytes: 262_143 });

    expect(error).toBe('States.DataLimitExceeded');
    expect((await fixture.eventTypes(arn)).slice(-2)).toEqual(['LambdaFunctionFailed', 'ExecutionFailed']);
    expect((await fixture.run('double', { bytes: 262_142 })).status).toBe('SUCCEEDED');
  });

  it('fails an execution at 25,000 events', async () => {
    const { arn, error, cause } = await fixture.run('endless', {});

    expect([error, cause]).toEqual(['States.Runtime', 'The execution reached the maximum number of history events (25000).']);
    const { events = [] } = await fixture.sfn.send(
      new GetExecutionHistoryCommand({ executionArn: arn, reverseOrder: true, maxResults: 1 }),
    );
    expect(events[0]).toMatchObject({ id: 25_000, type: 'ExecutionFailed' });
  });

  it('lists executions newest first, by status', async () => {
    const failed = await fixture.run('catching', { error: 'Unknown' });
    const succeeded = await fixture.run('catching', {});
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:dynamodt-catching';

    const all = await fixture.sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 2 }));
    const failures = await fixture.sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'FAILED' }));

    expect(all.executions?.map(({ executionArn }) => executionArn)).toEqual([succeeded.arn, failed.arn]);
    expect(failures.executions?.map(({ executionArn }) => executionArn)).toEqual([failed.arn]);
  });

  it('describes the state machines with resolved placeholders', async () => {
    const { stateMachines = [] } = await fixture.sfn.send(new ListStateMachinesCommand({}));
    expect(stateMachines.map(({ name }) => name).sort()).toEqual(
      Object.keys(machines)
        .map((name) => `dynamodt-${name}`)
        .sort(),
    );

    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:dynamodt-double';
    const { definition } = await fixture.sfn.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(JSON.parse(definition ?? '').States.Work.Resource).toBe('arn:aws:lambda:us-east-1:000000000000:function:dynamodt-work');

    const { arn } = await fixture.run('double', {});
    expect(await fixture.sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn: arn }))).toMatchObject({
      stateMachineArn,
      definition,
    });
  });
});
