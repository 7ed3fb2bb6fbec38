import { DescribeExecutionCommand, RedriveExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FailureEvent } from '../../local/events/failure-event.ts';
import type { FailureDelivery } from '../../local/events/failure-events.ts';
import { type Fixture, sharedDynamoDb, startFixture, until } from './fixture.ts';

const choose = {
  StartAt: 'Choose',
  TimeoutSeconds: 1,
  States: {
    Choose: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.ends', StringEquals: 'well', Next: 'Succeed' },
        { Variable: '$.ends', StringEquals: 'badly', Next: 'Give' },
      ],
      Default: 'Wait',
    },
    Succeed: { Type: 'Succeed' },
    Give: { Type: 'Fail', Error: 'NotFound', Cause: 'looked everywhere' },
    Wait: { Type: 'Wait', Seconds: 3600, End: true },
  },
};

const inMap = {
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...choose },
      End: true,
    },
  },
};

const machines = { 'transform-table': choose, other: choose };
const recordFailure = `console.log('event', JSON.stringify(event)); if (event.detail.input.includes('broken')) throw new Error('no record');`;

describe('events of failures', () => {
  let fixture: Fixture;
  let decide = (_event: FailureEvent): FailureDelivery => 'deliver';
  beforeAll(async () => {
    fixture = await startFixture(
      { functions: { 'record-failure': recordFailure }, machines },
      { ...sharedDynamoDb(), failureEvents: (event) => decide(event) },
    );
  });
  afterAll(() => fixture.close());
  afterEach(() => {
    decide = () => 'deliver';
  });

  const delivered = (arn: string): FailureEvent[] =>
    fixture.lines
      .flatMap((line) => (/^record-failure \d+: event (.+)$/.exec(line)?.[1] ? [JSON.parse(line.slice(line.indexOf('{')))] : []))
      .filter(({ detail }: FailureEvent) => detail.executionArn === arn);
  const firstOf = (arn: string): Promise<FailureEvent> => until(() => delivered(arn)[0]);

  it('tell record-failure what EventBridge tells of an execution that failed', async () => {
    const { arn } = await fixture.run('transform-table', { ends: 'badly' });
    const { name, startDate, stopDate } = await fixture.sfn.send(new DescribeExecutionCommand({ executionArn: arn }));

    expect(await firstOf(arn)).toEqual({
      version: '0',
      id: expect.any(String),
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: [arn],
      detail: {
        executionArn: arn,
        stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:dynamodt-transform-table',
        name,
        status: 'FAILED',
        startDate: startDate?.getTime(),
        stopDate: stopDate?.getTime(),
        input: '{"ends":"badly"}',
        output: null,
        stateMachineVersionArn: null,
        stateMachineAliasArn: null,
        redriveCount: 0,
        redriveDate: null,
        redriveStatus: 'REDRIVABLE',
        redriveStatusReason: null,
        inputDetails: { included: true },
        outputDetails: null,
        error: 'NotFound',
        cause: 'looked everywhere',
      },
    });
  });

  it('tell of timeouts, stops and redrives, and of nothing else', async () => {
    const [well, other] = await Promise.all([fixture.run('transform-table', { ends: 'well' }), fixture.run('other', { ends: 'badly' })]);
    const stopped = await fixture.start('transform-table', { ends: 'never' });
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: stopped, error: 'Enough' }));
    const timedOut = await fixture.run('transform-table', { ends: 'never' });
    const failed = await fixture.run('transform-table', { ends: 'badly' });
    await firstOf(failed.arn);
    await fixture.sfn.send(new RedriveExecutionCommand({ executionArn: failed.arn }));

    expect((await firstOf(stopped)).detail).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: null });
    expect((await firstOf(timedOut.arn)).detail).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout', cause: null });
    const second = await until(() => delivered(failed.arn)[1]);
    expect(second.detail).toMatchObject({ status: 'FAILED', redriveCount: 1, redriveDate: expect.any(Number) });
    expect([...delivered(well.arn), ...delivered(other.arn)]).toEqual([]);
  });

  it('can be dropped, repeated, delayed and so reordered', async () => {
    const arns = new Map<string, string>();
    decide = ({ detail }) => {
      const { how } = JSON.parse(detail.input);
      arns.set(how, detail.executionArn);
      if (how === 'drop') return 'drop';
      if (how === 'repeat') return { times: 3 };
      return { delayMs: how === 'late' ? 400 : 0 };
    };
    for (const how of ['drop', 'late', 'repeat', 'soon']) await fixture.run('transform-table', { ends: 'badly', how });

    await until(() => delivered(arns.get('repeat') ?? '').length === 3);
    await firstOf(arns.get('late') ?? '');

    expect(delivered(arns.get('drop') ?? '')).toEqual([]);
    const order = fixture.lines.flatMap((line) => /"how\\":\\"(soon|late)/.exec(line)?.[1] ?? []);
    expect(order).toEqual(['soon', 'late']);
  });

  it('harm nothing when the function fails', async () => {
    const { status } = await fixture.run('transform-table', { ends: 'badly', broken: true });

    expect(status).toBe('FAILED');
    await until(() => fixture.lines.some((line) => line.includes('record-failure failed: Error') && line.includes('no record')));
  });
});

it('does not tell of children of a Map, nor where there is no record-failure, nor at the close', async () => {
  const asked: string[] = [];
  const options = {
    ...sharedDynamoDb(),
    failureEvents: ({ detail }: FailureEvent): FailureDelivery => {
      asked.push(detail.executionArn);
      return 'drop';
    },
  };
  const without = await startFixture({ machines }, options);
  await without.run('transform-table', { ends: 'badly' });
  await without.close();
  const fixture = await startFixture({ functions: { 'record-failure': recordFailure }, machines: { 'transform-table': inMap } }, options);
  const { arn } = await fixture.run('transform-table', { items: [{ ends: 'badly' }] });
  await fixture.start('transform-table', { items: [{ ends: 'never' }] });
  await fixture.close();

  expect(asked).toEqual([arn]);
});
