import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixture, oneTask, sharedDynamoDb, startFixture, until } from './fixture.ts';

function nested(pattern: string, settings: Record<string, unknown> = {}, parameters: Record<string, unknown> = {}) {
  return oneTask({
    Resource: `arn:aws:states:::states:startExecution${pattern}`,
    Parameters: { StateMachineArn: `$\{InnerStateMachineArn}`, Input: { 'asked.$': '$.asked', 'fail.$': '$.fail' }, ...parameters },
    ...settings,
  });
}

const machines = {
  inner: {
    StartAt: 'Choose',
    States: {
      Choose: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.fail', BooleanEquals: true, Next: 'Give' },
          { Variable: '$.asked', StringEquals: 'wait', Next: 'Wait' },
        ],
        Default: 'Answer',
      },
      Answer: { Type: 'Pass', Parameters: { 'answered.$': '$.asked' }, End: true },
      Wait: { Type: 'Wait', Seconds: 3600, End: true },
      Give: { Type: 'Fail', Error: 'NotFound', Cause: 'looked everywhere' },
    },
  },
  parsed: nested('.sync:2'),
  text: nested('.sync'),
  forgotten: nested(''),
  named: nested('.sync:2', {}, { 'Name.$': '$.name' }),
  impatient: nested('.sync:2', { TimeoutSeconds: 1 }),
  catching: {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        ItemsPath: '$.items',
        ItemProcessor: nested('.sync:2', { ResultSelector: { 'output.$': '$.Output' } }),
        End: true,
      },
    },
  },
  nowhere: nested('.sync:2', {}, { StateMachineArn: `$\{MissingStateMachineArn}` }),
};

const quick = { asked: 'time', fail: false };

describe('nested executions', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({ machines }, sharedDynamoDb());
  });
  afterAll(() => fixture.close());

  const arnOf = (machine: string): string => `arn:aws:states:us-east-1:000000000000:stateMachine:dynamodt-${machine}`;
  const inner = async (status?: 'RUNNING' | 'ABORTED') => {
    const { executions = [] } = await fixture.sfn.send(
      new ListExecutionsCommand({ stateMachineArn: arnOf('inner'), statusFilter: status, maxResults: 1000 }),
    );
    return executions;
  };

  it('waits for the output as JSON', async () => {
    const { arn, output } = await fixture.run('parsed', quick);

    expect(output).toEqual({
      ExecutionArn: expect.stringMatching(/^arn:aws:states:us-east-1:000000000000:execution:dynamodt-inner:[\w-]+$/),
      Input: quick,
      InputDetails: { Included: true },
      Name: expect.any(String),
      Output: { answered: 'time' },
      OutputDetails: { Included: true },
      StartDate: expect.any(Number),
      StateMachineArn: arnOf('inner'),
      Status: 'SUCCEEDED',
      StopDate: expect.any(Number),
    });
    const { events = [] } = await fixture.sfn.send(new GetExecutionHistoryCommand({ executionArn: arn }));
    expect(events.map(({ type }) => type).slice(2, -2)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
    expect(events[2]?.taskScheduledEventDetails).toMatchObject({ resource: 'startExecution.sync:2', resourceType: 'states' });
  });

  it('gives the output as text without :2, and does not wait without .sync', async () => {
    const [text, forgotten] = await Promise.all([fixture.run('text', quick), fixture.run('forgotten', { asked: 'wait', fail: false })]);

    expect(text.output).toMatchObject({ Input: JSON.stringify(quick), Output: '{"answered":"time"}' });
    expect(forgotten.output).toMatchObject({ ExecutionArn: expect.stringContaining(':dynamodt-inner:'), StartDate: expect.any(Number) });
    const { ExecutionArn } = forgotten.output as { ExecutionArn: string };
    expect((await fixture.sfn.send(new DescribeExecutionCommand({ executionArn: ExecutionArn }))).status).toBe('RUNNING');
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: ExecutionArn }));
  });

  it('fails with the description of the execution that failed', async () => {
    const { error, cause = '' } = await fixture.run('parsed', { ...quick, fail: true });

    expect(error).toBe('States.TaskFailed');
    expect(JSON.parse(cause)).toMatchObject({
      Status: 'FAILED',
      Error: 'NotFound',
      Cause: 'looked everywhere',
      Input: '{"asked":"time","fail":true}',
      StateMachineArn: arnOf('inner'),
    });
  });

  it('fails where the execution cannot be started', async () => {
    expect(await fixture.run('nowhere', quick)).toMatchObject({
      error: 'StepFunctions.StateMachineDoesNotExistException',
      cause: expect.stringContaining(`State Machine Does Not Exist: '${arnOf('missing')}'`),
    });
    await fixture.run('named', { ...quick, name: 'once' });
    expect((await fixture.run('named', { ...quick, name: 'once' })).error).toBe('StepFunctions.ExecutionAlreadyExistsException');
  });

  it('is stopped with the one that waits for it, and at the timeout of the task', async () => {
    const before = (await inner('ABORTED')).length;
    const arn = await fixture.start('parsed', { asked: 'wait', fail: false });
    await until(async () => (await inner('RUNNING')).length === 1);
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: arn }));
    expect([(await inner('RUNNING')).length, (await inner('ABORTED')).length]).toEqual([0, before + 1]);

    expect((await fixture.run('impatient', { asked: 'wait', fail: false })).error).toBe('States.Timeout');
    expect([(await inner('RUNNING')).length, (await inner('ABORTED')).length]).toEqual([0, before + 2]);
  });

  it('starts a new one at a redrive, and none for items of a Map that succeeded', async () => {
    const items = [quick, { asked: 'wait', fail: false }];
    const before = (await inner()).length;
    const arn = await fixture.start('catching', { items });
    const [running] = await until(async () => (await inner()).length === before + 2 && inner('RUNNING'));
    await until(async () => (await fixture.eventTypes(arn)).includes('MapIterationSucceeded'));
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: running?.executionArn }));
    expect(await fixture.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });

    await fixture.sfn.send(new RedriveExecutionCommand({ executionArn: arn }));
    const [again] = await until(async () => (await inner()).length === before + 3 && inner('RUNNING'));

    expect(again?.executionArn).not.toBe(running?.executionArn);
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: arn }));
  });
});
