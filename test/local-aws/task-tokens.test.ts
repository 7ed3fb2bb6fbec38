import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, functionArn, sharedDynamoDb, startFixture, until } from './fixture.ts';

/** Keeps the token under the mark. */
const keep = `
  const { writeFileSync, renameSync } = await import('node:fs');
  const { join } = await import('node:path');
  const file = join(process.env.TOKENS, event.mark + '.' + event.tries);
  writeFileSync(file + '.part', event.token);
  renameSync(file + '.part', file);
  if (event.error) throw Object.assign(new Error('on purpose'), { name: event.error });
  if (event.hangs) await new Promise(() => setInterval(() => {}, 1000));
  return { kept: event.mark };
`;

function waiting(settings: Record<string, unknown> = {}) {
  return {
    StartAt: 'Wait',
    States: {
      Wait: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Parameters: {
          FunctionName: functionArn('Keep'),
          Payload: {
            'mark.$': '$.mark',
            'error.$': '$.error',
            'hangs.$': '$.hangs',
            'token.$': '$$.Task.Token',
            'tries.$': '$$.State.RetryCount',
          },
        },
        ResultPath: '$.answer',
        End: true,
        ...settings,
      },
    },
  };
}

function caught(name: string) {
  return { Catch: [{ ErrorEquals: [name], Next: 'Caught' }] };
}

function withCaught(machine: ReturnType<typeof waiting>) {
  return {
    ...machine,
    States: { ...machine.States, Caught: { Type: 'Pass', End: true } },
  };
}

const machines = {
  waiting: waiting(),
  patient: waiting({ TimeoutSeconds: 99_999_999, HeartbeatSeconds: 99_999_998 }),
  impatient: waiting({ TimeoutSeconds: 1 }),
  beating: waiting({ HeartbeatSeconds: 2, TimeoutSeconds: 60 }),
  'beating-short': waiting({ HeartbeatSeconds: 2, TimeoutSeconds: 4 }),
  retrying: waiting({ Retry: [{ ErrorEquals: ['Again'], IntervalSeconds: 1, JitterStrategy: 'FULL', MaxAttempts: 1 }] }),
  'catching-heartbeat': withCaught(waiting({ HeartbeatSeconds: 1, TimeoutSeconds: 60, ...caught('States.HeartbeatTimeout') })),
  'catching-timeout': withCaught(waiting({ HeartbeatSeconds: 1, TimeoutSeconds: 60, ...caught('States.Timeout') })),
  'catching-task-failed': withCaught(waiting({ HeartbeatSeconds: 1, TimeoutSeconds: 60, ...caught('States.TaskFailed') })),
};

const defaults = { error: null, hangs: false };

describe('task tokens', () => {
  let fixture: Fixture;
  let tokens: string;
  beforeAll(async () => {
    const environment: Record<string, string> = {};
    fixture = await startFixture({ functions: { keep }, machines }, { ...sharedDynamoDb(), environment });
    tokens = join(fixture.folder, 'functions');
    environment['TOKENS'] = tokens;
  });
  afterAll(() => fixture.close());

  const start = (machine: string, mark: string, more = {}): Promise<string> => fixture.start(machine, { ...defaults, mark, ...more });
  const tokenOf = (mark: string, tries = 0): Promise<string> =>
    until(async () => (await readdir(tokens)).includes(`${mark}.${tries}`) && readFile(join(tokens, `${mark}.${tries}`), 'utf8'));
  const succeed = (taskToken: string, output = '"done"') => fixture.sfn.send(new SendTaskSuccessCommand({ taskToken, output }));
  const fail = (taskToken: string, failure: { error?: string; cause?: string }) =>
    fixture.sfn.send(new SendTaskFailureCommand({ taskToken, ...failure }));
  const beat = (taskToken: string) => fixture.sfn.send(new SendTaskHeartbeatCommand({ taskToken }));
  const isWaiting = (arn: string) => until(async () => (await fixture.eventTypes(arn)).includes('TaskSubmitted'));

  it('goes on with the answer to the token; meanwhile no process is at work', async () => {
    const arn = await start('patient', 'answered');
    const token = await tokenOf('answered');
    await isWaiting(arn);
    expect(fixture.aws.functionProcesses().filter(({ event }) => event !== undefined)).toEqual([]);

    await succeed(token, '{"resumed":true}');

    const { output } = await fixture.ended(arn);
    expect(output).toEqual({ ...defaults, mark: 'answered', answer: { resumed: true } });
    const { events = [] } = await fixture.sfn.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    expect(events.map(({ type }) => type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSubmitted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(events[2]?.taskScheduledEventDetails).toMatchObject({
      resource: 'invoke.waitForTaskToken',
      resourceType: 'lambda',
      region: 'us-east-1',
      timeoutInSeconds: 99_999_999,
      heartbeatInSeconds: 99_999_998,
    });
    const submitted = JSON.parse(events[4]?.taskSubmittedEventDetails?.output ?? '');
    expect(submitted).toMatchObject({ ExecutedVersion: '$LATEST', Payload: { kept: 'answered' }, StatusCode: 200 });
    expect(events[5]?.taskSucceededEventDetails?.output).toBe('{"resumed":true}');
  });

  it('takes the answer before the function has returned', async () => {
    const arn = await start('waiting', 'early', { hangs: true });
    await succeed(await tokenOf('early'));

    expect(await fixture.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: { answer: 'done' } });
    expect(await fixture.eventTypes(arn)).not.toContain('TaskSubmitted');
    await fixture.killFunctions();
  });

  it('fails with the failure that is sent', async () => {
    const arn = await start('waiting', 'failed');
    await fail(await tokenOf('failed'), { error: 'NotToday', cause: 'no time' });

    expect(await fixture.ended(arn)).toMatchObject({ status: 'FAILED', error: 'NotToday', cause: 'no time' });
    expect((await fixture.eventTypes(arn)).slice(-2)).toEqual(['TaskFailed', 'ExecutionFailed']);
  });

  it('fails where the function fails while the token is open', async () => {
    const arn = await start('waiting', 'broken', { error: 'Broken' });

    expect(await fixture.ended(arn)).toMatchObject({ status: 'FAILED', error: 'Broken' });
    await expect(succeed(await tokenOf('broken'))).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  it('gives each try a token of its own', async () => {
    const arn = await start('retrying', 'again');
    const first = await tokenOf('again', 0);
    await fail(first, { error: 'Again' });
    const second = await tokenOf('again', 1);

    expect(second).not.toBe(first);
    await expect(succeed(first)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await succeed(second);
    expect((await fixture.ended(arn)).status).toBe('SUCCEEDED');
  });

  it('times out as a whole, and without heartbeats', async () => {
    const arns = await Promise.all([start('impatient', 'impatient'), start('beating', 'silent')]);
    for (const arn of arns) {
      expect(await fixture.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout', cause: undefined });
      expect((await fixture.eventTypes(arn)).slice(-3)).toEqual(['TaskSubmitted', 'TaskTimedOut', 'ExecutionFailed']);
    }
    for (const mark of ['impatient', 'silent'])
      await expect(succeed(await tokenOf(mark))).rejects.toMatchObject({
        name: 'TaskTimedOut',
        message: "Task Timed Out: 'Provided task does not exist anymore'",
      });
  });

  it('waits on while heartbeats come, but not longer than it may in all', async () => {
    const [arn, short] = await Promise.all([start('beating', 'beats'), start('beating-short', 'short')]);
    const [token, shortToken] = await Promise.all([tokenOf('beats'), tokenOf('short')]);
    const started = Date.now();
    const beats = setInterval(() => void Promise.allSettled([beat(token), beat(shortToken)]), 200);

    const { error } = await fixture.ended(short);
    clearInterval(beats);

    expect(error).toBe('States.Timeout');
    expect(Date.now() - started).toBeGreaterThan(2_100);
    await beat(token);
    await succeed(token);
    expect((await fixture.ended(arn)).status).toBe('SUCCEEDED');
  });

  it('lets Retry and Catch tell a missed heartbeat, which is no States.TaskFailed', async () => {
    const names = ['catching-heartbeat', 'catching-timeout', 'catching-task-failed'];
    const arns = await Promise.all(names.map((name) => start(name, name)));
    const [heartbeat, timeout, taskFailed] = await Promise.all(arns.map((arn) => fixture.ended(arn)));

    expect(heartbeat?.output).toEqual({ Error: 'States.Timeout', Cause: '' });
    expect(timeout?.output).toEqual({ Error: 'States.Timeout', Cause: '' });
    expect(taskFailed).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
  });

  it('closes the token at a stop; a redrive gives a new one', async () => {
    const arn = await start('waiting', 'stopped');
    const first = await tokenOf('stopped');
    await isWaiting(arn);
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: arn }));
    await expect(succeed(first)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await rm(join(tokens, 'stopped.0'));

    await fixture.sfn.send(new RedriveExecutionCommand({ executionArn: arn }));
    const second = await tokenOf('stopped');
    expect(second).not.toBe(first);
    await expect(succeed(first)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await succeed(second);

    expect((await fixture.ended(arn)).status).toBe('SUCCEEDED');
  });

  it('refuses a token that is none, and an output that is no JSON, as AWS does and in its order', async () => {
    const arn = await start('waiting', 'checked');
    const token = await tokenOf('checked');
    const changed = `${token.startsWith('A') ? 'B' : 'A'}${token.slice(1)}`;

    await expect(succeed('nope', '{')).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(succeed(changed)).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(beat(changed)).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(fail(changed, {})).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(succeed(token, '{')).rejects.toMatchObject({ name: 'InvalidOutput' });
    await expect(succeed(token, JSON.stringify('x'.repeat(262_143)))).rejects.toMatchObject({ name: 'ValidationException' });
    await beat(token);
    await succeed(token);
    await expect(succeed(token, '{')).rejects.toMatchObject({ name: 'InvalidOutput' });
    await expect(succeed(token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(fail(token, {})).rejects.toMatchObject({ name: 'TaskTimedOut' });
    await expect(beat(token)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    expect((await fixture.ended(arn)).status).toBe('SUCCEEDED');
  });

  it('knows a token of a local AWS that was closed as one that timed out', async () => {
    const other = await startFixture({}, sharedDynamoDb());
    const token = await tokenOf('answered');
    try {
      await expect(other.sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: '1' }))).rejects.toMatchObject({
        name: 'TaskTimedOut',
      });
    } finally {
      await other.close();
    }
  });
});
