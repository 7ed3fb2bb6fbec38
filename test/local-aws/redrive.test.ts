import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Fixture, functionArn, oneTask, sharedDynamoDb, startFixture, until } from './fixture.ts';

/** Fails until the file exists that it needs, and tells how often each `mark` was worked on. */
const work = `
  const { existsSync, appendFileSync } = await import('node:fs');
  appendFileSync(process.env.CALLS, event.mark + '\\n');
  if (event.hangs && !existsSync(event.needs)) await new Promise(() => setInterval(() => {}, 1000));
  if (event.needs && !existsSync(event.needs)) throw Object.assign(new Error('not there'), { name: 'Missing' });
  return { mark: event.mark, deployment: process.env.DYNAMODT_TRANSFORMATIONS, execution: event.execution, state: event.state };
`;

const withContext = { 'mark.$': '$.mark', 'needs.$': '$.needs', 'execution.$': '$$.Execution', 'state.$': '$$.State' };

const machines = {
  two: {
    StartAt: 'First',
    States: {
      First: {
        Type: 'Task',
        Resource: functionArn('Work'),
        Parameters: { 'mark.$': "States.Format('{} first', $.mark)" },
        ResultPath: '$.first',
        Next: 'Second',
      },
      Second: {
        Type: 'Task',
        Resource: functionArn('Work'),
        Parameters: withContext,
        Retry: [{ ErrorEquals: ['Missing'], IntervalSeconds: 1, JitterStrategy: 'FULL', MaxAttempts: 1 }],
        ResultPath: '$.second',
        End: true,
      },
    },
  },
  one: oneTask({}),
  mortal: oneTask({}, { TimeoutSeconds: 2 }),
  failing: { StartAt: 'Give', States: { Give: { Type: 'Fail', Error: 'Never', Cause: 'as always' } } },
  inline: {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        ItemsPath: '$.items',
        MaxConcurrency: 1,
        ItemProcessor: {
          StartAt: 'Mark',
          States: {
            Mark: { Type: 'Pass', Parameters: { 'mark.$': '$.mark', 'needs.$': '$.needs' }, Next: 'Work' },
            Work: { Type: 'Task', Resource: functionArn('Work'), ResultSelector: { 'mark.$': '$.mark' }, End: true },
          },
        },
        End: true,
      },
    },
  },
  waiting: {
    StartAt: 'Wait',
    States: { Wait: { Type: 'Wait', TimestampPath: '$.until', Next: 'Done' }, Done: { Type: 'Succeed' } },
  },
  endless: {
    StartAt: 'Round',
    States: {
      Round: { Type: 'Pass', Next: 'Again' },
      Again: { Type: 'Choice', Choices: [{ Variable: '$.end', IsPresent: true, Next: 'End' }], Default: 'Round' },
      End: { Type: 'Succeed' },
    },
  },
};

const day = 24 * 60 * 60 * 1000;

describe('RedriveExecution', () => {
  let fixture: Fixture;
  const calls = async (mark: string): Promise<number> =>
    (await readFile(join(fixture.folder, 'calls'), 'utf8').catch(() => '')).split('\n').filter((line) => line === mark).length;
  beforeAll(async () => {
    const environment: Record<string, string> = {};
    fixture = await startFixture(
      { functions: { work }, machines, transformations: { 'Users/v1.ts': transformation(1) } },
      { ...sharedDynamoDb(), environment },
    );
    environment['CALLS'] = join(fixture.folder, 'calls');
  });
  afterAll(() => fixture.close());
  afterEach(async () => {
    vi.restoreAllMocks();
    await fixture.killFunctions();
  });

  const redrive = (executionArn: string, clientToken?: string) =>
    fixture.sfn.send(new RedriveExecutionCommand({ executionArn, clientToken }));
  const describeExecution = (executionArn: string) => fixture.sfn.send(new DescribeExecutionCommand({ executionArn }));
  const history = async (executionArn: string) => {
    const { events = [] } = await fixture.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    return events.map(({ id, previousEventId, type }) => [id, previousEventId, type]);
  };
  const file = (name: string): string => join(fixture.folder, name);

  it('goes on in the state that failed, and does not run again what succeeded', async () => {
    const { arn, status } = await fixture.run('two', { mark: 'two', needs: file('two') });
    const before = await describeExecution(arn);
    expect([status, before.redriveStatus, before.redriveCount, before.redriveDate]).toEqual(['FAILED', 'REDRIVABLE', 0, undefined]);
    expect([await calls('two first'), await calls('two')]).toEqual([1, 2]);

    const { redriveDate } = await redrive(arn);
    expect(await fixture.ended(arn)).toMatchObject({ status: 'FAILED', error: 'Missing' });
    expect([await calls('two first'), await calls('two')]).toEqual([1, 4]);
    await writeFile(file('two'), '');
    await redrive(arn);

    const { output, ...after } = await describeExecution(await fixture.ended(arn).then((ended) => ended.arn));
    expect(after).toMatchObject({
      status: 'SUCCEEDED',
      startDate: before.startDate,
      redriveCount: 2,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
    expect([after.error, after.cause]).toEqual([undefined, undefined]);
    expect(after.redriveDate?.getTime()).toBeGreaterThan(redriveDate?.getTime() ?? Number.NaN);
    const { second } = JSON.parse(output ?? '');
    expect(second.execution).toEqual({
      Id: arn,
      Name: before.name,
      Input: { mark: 'two', needs: file('two') },
      RoleArn: 'arn:aws:iam::000000000000:role/local',
      StartTime: before.startDate?.toISOString(),
      RedriveCount: 2,
      RedriveTime: after.redriveDate?.toISOString(),
    });
    expect(second.state).toMatchObject({ Name: 'Second', RetryCount: 0 });
  });

  it('continues the history as AWS does, without entering the state again', async () => {
    const { arn } = await fixture.run('one', { mark: 'history', needs: file('history') });
    await writeFile(file('history'), '');
    await redrive(arn);
    await fixture.ended(arn);

    expect(await history(arn)).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'TaskStateEntered'],
      [3, 2, 'LambdaFunctionScheduled'],
      [4, 3, 'LambdaFunctionStarted'],
      [5, 4, 'LambdaFunctionFailed'],
      [6, 5, 'ExecutionFailed'],
      [7, 6, 'ExecutionRedriven'],
      [8, 2, 'LambdaFunctionScheduled'],
      [9, 8, 'LambdaFunctionStarted'],
      [10, 9, 'LambdaFunctionSucceeded'],
      [11, 10, 'TaskStateExited'],
      [12, 11, 'ExecutionSucceeded'],
    ]);
    const { events = [] } = await fixture.sfn.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    expect(events[6]?.executionRedrivenEventDetails).toEqual({ redriveCount: 1 });
  });

  it('calls the code that is deployed now, under the definition of its start', async () => {
    const { arn } = await fixture.run('two', { mark: 'code', needs: file('code') });
    const { definition } = await fixture.sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn: arn }));
    await writeFile(file('code'), '');
    await writeFile(file('transformations/Users/v2.ts'), transformation(2));
    await redrive(arn);

    const { output } = await fixture.ended(arn);

    const { first, second } = output as Record<'first' | 'second', { deployment: string }>;
    expect(second.deployment).not.toBe(first.deployment);
    expect((await fixture.sfn.send(new DescribeStateMachineForExecutionCommand({ executionArn: arn }))).definition).toBe(definition);
  });

  it('goes on in the state in which it was stopped; what the stopped attempt still does changes nothing', async () => {
    const arn = await fixture.start('one', { mark: 'stopped', hangs: true, needs: file('stopped') });
    const zombie = await until(() => fixture.aws.functionProcesses().find(({ event }) => JSON.stringify(event)?.includes('stopped'))?.pid);
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: arn, error: 'Enough' }));
    expect(await describeExecution(arn)).toMatchObject({ status: 'ABORTED', redriveStatus: 'REDRIVABLE' });
    await writeFile(file('stopped'), '');

    await redrive(arn);
    expect(await fixture.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: { mark: 'stopped' } });
    process.kill(zombie, 'SIGKILL');
    await until(() => !fixture.aws.functionProcesses().some(({ pid }) => pid === zombie));

    expect((await history(arn)).map(([, , type]) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'ExecutionAborted',
      'ExecutionRedriven',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  it('gives an execution that timed out its whole time again', async () => {
    const { arn, status } = await fixture.run('mortal', { mark: 'mortal', hangs: true, needs: file('mortal') });
    expect(status).toBe('TIMED_OUT');
    await writeFile(file('mortal'), '');

    await redrive(arn);

    expect((await fixture.ended(arn)).status).toBe('SUCCEEDED');
  });

  it('fails again in a Fail state', async () => {
    const { arn } = await fixture.run('failing', {});
    await redrive(arn);

    expect(await fixture.ended(arn)).toMatchObject({ status: 'FAILED', error: 'Never', cause: 'as always' });
    expect(await history(arn)).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'FailStateEntered'],
      [3, 2, 'ExecutionFailed'],
      [4, 3, 'ExecutionRedriven'],
      [5, 4, 'ExecutionFailed'],
    ]);
  });

  it('leaves a Wait whose time has passed', async () => {
    const tomorrow = Date.now() + day;
    const arn = await fixture.start('waiting', { until: new Date(tomorrow).toISOString() });
    await until(async () => (await history(arn)).length === 2);
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: arn }));
    vi.spyOn(Date, 'now').mockReturnValue(tomorrow);
    await redrive(arn);

    expect((await fixture.ended(arn)).status).toBe('SUCCEEDED');
  });

  it('runs only those items of an inline Map again that did not succeed', async () => {
    const items = ['a', 'b', 'c'].map((mark) => ({ mark: `item ${mark}`, needs: mark === 'b' ? file('b') : '' }));
    const { arn, status } = await fixture.run('inline', { items });
    expect([status, await calls('item a'), await calls('item b'), await calls('item c')]).toEqual(['FAILED', 1, 1, 0]);
    await writeFile(file('b'), '');

    await redrive(arn);

    expect((await fixture.ended(arn)).output).toEqual(items.map(({ mark }) => ({ mark })));
    expect([await calls('item a'), await calls('item b'), await calls('item c')]).toEqual([1, 2, 1]);
    const types = (await history(arn)).map(([, , type]) => type);
    expect(types.slice(types.indexOf('ExecutionRedriven'))).toEqual([
      'ExecutionRedriven',
      ...['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded', 'TaskStateExited', 'MapIterationSucceeded'],
      ...['MapIterationStarted', 'PassStateEntered', 'PassStateExited', 'TaskStateEntered'],
      ...['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded', 'TaskStateExited', 'MapIterationSucceeded'],
      ...['MapStateSucceeded', 'MapStateExited', 'ExecutionSucceeded'],
    ]);
  });

  it('answers the same for the same client token, whatever happened since', async () => {
    const { arn } = await fixture.run('failing', {});
    const first = await redrive(arn, 'once');
    await fixture.ended(arn);

    expect((await redrive(arn, 'once')).redriveDate).toEqual(first.redriveDate);
    expect((await describeExecution(arn)).redriveCount).toBe(1);
    await redrive(arn, 'twice');
    await fixture.ended(arn);
    expect((await redrive(arn, 'once')).redriveDate).toEqual(first.redriveDate);

    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 16 * 60 * 1000);
    await redrive(arn, 'once');
    expect((await describeExecution(arn)).redriveCount).toBe(3);
  });

  it.each([
    ['RUNNING', 'Execution is RUNNING and cannot be redriven', 'one', { mark: '', hangs: true, needs: '/nowhere' }, 0],
    ['SUCCEEDED', 'Execution is SUCCEEDED and cannot be redriven', 'one', { mark: '' }, 0],
    ['FAILED', 'Execution redrivable period exceeded', 'failing', {}, 14 * day + 60_000],
    ['FAILED', 'Execution has exceeded the max execution time', 'failing', {}, 366 * day],
    ['FAILED', 'Execution history event limit exceeded', 'endless', {}, 0],
  ])('refuses an execution that is %s: %s', async (status, reason, machine, input, later) => {
    const arn = await fixture.start(machine, input);
    await until(async () => (await describeExecution(arn)).status === status);
    const now = Date.now();
    if (later > 0) vi.spyOn(Date, 'now').mockImplementation(() => now + later);

    expect(await describeExecution(arn)).toMatchObject({ redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: reason });
    await expect(redrive(arn)).rejects.toMatchObject({
      name: 'ExecutionNotRedrivable',
      message: `Execution ${arn} invalid for redrive as: ${reason}`,
    });
  });

  it('still redrives after 14 days less a minute', async () => {
    const { arn } = await fixture.run('failing', {});
    const now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now + 14 * day - 60_000);

    await redrive(arn);

    expect((await fixture.ended(arn)).status).toBe('FAILED');
  });

  it('does not know an execution that there is not', async () => {
    const arn = 'arn:aws:states:us-east-1:000000000000:execution:dynamodt-one:nope';
    await expect(redrive(arn)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });
});

function transformation(sequence: number): string {
  return `export const sequence = ${sequence}; export const adds = ['a']; export const transformUp = (item) => ({ ...item, a: 1 });`;
}
