import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  type ExecutionRedriveFilter,
  type ExecutionStatus,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
  UpdateMapRunCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Fixture, functionArn, sharedDynamoDb, startFixture, until } from './fixture.ts';

/** Until the file exists that it needs, it fails, or hangs: always, or from its second call on (`later`). */
const work = `
  const { existsSync, appendFileSync, readFileSync } = await import('node:fs');
  appendFileSync(process.env.CALLS, event.mark + '\\n');
  if (!event.needs || existsSync(event.needs)) return event.bytes ? 'x'.repeat(event.bytes) : event.mark;
  const isFirst = readFileSync(process.env.CALLS, 'utf8').split('\\n').filter((mark) => mark === event.mark).length === 1;
  if (event.hangs === true || (event.hangs === 'later' && !isFirst)) await new Promise(() => setInterval(() => {}, 1000));
  throw Object.assign(new Error('not there'), { name: 'Missing' });
`;

function fan(settings: Record<string, unknown>, processor?: Record<string, unknown>) {
  return {
    StartAt: 'Fan',
    States: {
      Fan: {
        Type: 'Map',
        Label: 'Fan',
        ItemsPath: '$.items',
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          ...(processor ?? {
            StartAt: 'Before',
            States: {
              Before: { Type: 'Pass', Next: 'Work' },
              Work: { Type: 'Task', Resource: functionArn('Work'), End: true },
            },
          }),
        },
        ...settings,
        Next: 'Done',
      },
      Done: { Type: 'Succeed' },
    },
  };
}

const machines = {
  one: fan({ MaxConcurrency: 1 }),
  many: fan({}),
  tolerant: fan({ ToleratedFailureCount: 1 }),
  endless: fan(
    {},
    {
      StartAt: 'Again',
      States: {
        Again: { Type: 'Choice', Choices: [{ Variable: '$.end', IsPresent: true, Next: 'End' }], Default: 'Round' },
        Round: { Type: 'Pass', Next: 'Again' },
        End: { Type: 'Succeed' },
      },
    },
  ),
  failing: fan({}, { StartAt: 'Give', States: { Give: { Type: 'Fail', Error: 'Never' } } }),
};

describe('a redrive of a Map Run', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    const environment: Record<string, string> = {};
    fixture = await startFixture({ functions: { work }, machines }, { ...sharedDynamoDb(), environment });
    environment['CALLS'] = join(fixture.folder, 'calls');
  });
  afterAll(() => fixture.close());
  afterEach(async () => {
    vi.restoreAllMocks();
    await fixture.killFunctions();
  });

  const calls = async (mark: string): Promise<number> =>
    (await readFile(join(fixture.folder, 'calls'), 'utf8').catch(() => '')).split('\n').filter((line) => line === mark).length;
  const redrive = (executionArn: string) => fixture.sfn.send(new RedriveExecutionCommand({ executionArn }));
  const mapRunsOf = async (executionArn: string): Promise<string[]> => {
    const { mapRuns = [] } = await fixture.sfn.send(new ListMapRunsCommand({ executionArn }));
    return mapRuns.map(({ mapRunArn = '' }) => mapRunArn);
  };
  const mapRunOf = async (executionArn: string): Promise<string> => until(async () => (await mapRunsOf(executionArn))[0]);
  const describeRun = async (mapRunArn: string) => fixture.sfn.send(new DescribeMapRunCommand({ mapRunArn }));
  const children = async (mapRunArn: string, filter: { statusFilter?: ExecutionStatus; redriveFilter?: ExecutionRedriveFilter } = {}) =>
    (await fixture.sfn.send(new ListExecutionsCommand({ mapRunArn, ...filter }))).executions ?? [];
  const history = async (executionArn: string) => {
    const { events = [] } = await fixture.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    return events.map(({ id, previousEventId, type }) => [id, previousEventId, type]);
  };
  const file = (name: string): string => join(fixture.folder, name);

  it('redrives the children that failed where they failed, starts those that are missing, and lets those be that succeeded', async () => {
    const items = [{ mark: 'm0' }, { mark: 'm1', needs: file('m1') }, { mark: 'm2' }];
    const { arn, error } = await fixture.run('one', { items });
    expect(error).toBe('States.ExceedToleratedFailureThreshold');
    const mapRunArn = await mapRunOf(arn);
    expect(await describeRun(mapRunArn)).toMatchObject({
      status: 'FAILED',
      redriveCount: 0,
      itemCounts: { total: 3, succeeded: 1, failed: 1, pending: 1, pendingRedrive: 0, failuresNotRedrivable: 0, resultsWritten: 0 },
    });
    await writeFile(file('m1'), '');

    await redrive(arn);
    expect(await fixture.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: ['m0', 'm1', 'm2'] });

    expect(await mapRunsOf(arn)).toEqual([mapRunArn]);
    const { redriveDate, ...run } = await describeRun(mapRunArn);
    expect(run).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, itemCounts: { total: 3, succeeded: 3, failed: 0, pending: 0 } });
    expect(redriveDate).toBeInstanceOf(Date);
    expect([await calls('m0'), await calls('m1'), await calls('m2')]).toEqual([1, 2, 1]);
    expect(await history(arn)).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'MapStateEntered'],
      [3, 2, 'MapStateStarted'],
      [4, 3, 'MapRunStarted'],
      [5, 4, 'MapRunFailed'],
      [6, 5, 'MapStateFailed'],
      [7, 6, 'ExecutionFailed'],
      [8, 7, 'ExecutionRedriven'],
      [9, 3, 'MapRunRedriven'],
      [10, 9, 'MapRunSucceeded'],
      [11, 10, 'MapStateSucceeded'],
      [12, 11, 'MapStateExited'],
      [13, 12, 'SucceedStateEntered'],
      [14, 13, 'SucceedStateExited'],
      [15, 14, 'ExecutionSucceeded'],
    ]);
    const [redriven, ...others] = await children(mapRunArn, { redriveFilter: 'REDRIVEN' });
    expect(others).toEqual([]);
    expect(redriven).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1, itemCount: 1 });
    expect(await children(mapRunArn, { redriveFilter: 'NOT_REDRIVEN' })).toHaveLength(2);
    expect((await history(redriven?.executionArn ?? '')).slice(-6)).toEqual([
      [9, 8, 'ExecutionRedriven'],
      [10, 4, 'LambdaFunctionScheduled'],
      [11, 10, 'LambdaFunctionStarted'],
      [12, 11, 'LambdaFunctionSucceeded'],
      [13, 12, 'TaskStateExited'],
      [14, 13, 'ExecutionSucceeded'],
    ]);
  });

  it('redrives the children that were aborted, by the failure of another or by a stop', async () => {
    const items = [
      { mark: 'a0', needs: file('a'), hangs: true },
      { mark: 'a1', needs: file('a'), hangs: 'later' },
    ];
    const { arn, status } = await fixture.run('many', { items });
    const mapRunArn = await mapRunOf(arn);
    expect(status).toBe('FAILED');
    await until(async () => {
      const { failed, aborted } = (await describeRun(mapRunArn)).itemCounts ?? {};
      return failed === 1 && aborted === 1;
    });
    const [aborted] = await children(mapRunArn, { statusFilter: 'ABORTED' });
    expect(await fixture.sfn.send(new DescribeExecutionCommand({ executionArn: aborted?.executionArn }))).toMatchObject({
      cause: `The map run execution [${mapRunArn}] which was managing this resource was aborted`,
      redriveStatus: 'REDRIVABLE_BY_MAP_RUN',
    });

    await redrive(arn);
    await until(async () => (await calls('a1')) > 1);
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: arn }));
    const stopped = await until(async () => {
      const described = await describeRun(mapRunArn);
      return described.status === 'ABORTED' && described;
    });
    expect(stopped.redriveCount).toBe(1);
    await writeFile(file('a'), '');
    await redrive(arn);

    expect(await fixture.ended(arn)).toMatchObject({ status: 'SUCCEEDED', output: ['a0', 'a1'] });
    expect(await describeRun(mapRunArn)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 2, itemCounts: { succeeded: 2, aborted: 0 } });
  });

  it('lets children wait for their redrive as PENDING_REDRIVE where there is no room', async () => {
    const items = ['p0', 'p1', 'p2'].map((mark) => ({ mark, needs: file('p'), hangs: true }));
    const arn = await fixture.start('many', { items });
    const mapRunArn = await mapRunOf(arn);
    await until(async () => (await describeRun(mapRunArn)).itemCounts?.running === 3);
    await fixture.sfn.send(new UpdateMapRunCommand({ mapRunArn, maxConcurrency: 1 }));
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: arn }));

    await redrive(arn);
    const run = await until(async () => {
      const described = await describeRun(mapRunArn);
      return (described.itemCounts?.running ?? 0) > 0 && described;
    });
    expect(run).toMatchObject({ status: 'RUNNING', itemCounts: { running: 1, pendingRedrive: 2, aborted: 0 } });
    expect(run.stopDate).toBeUndefined();
    const [waiting] = await children(mapRunArn, { statusFilter: 'PENDING_REDRIVE' });
    expect(waiting).toMatchObject({ status: 'PENDING_REDRIVE', redriveCount: 0 });
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: arn }));

    expect(await describeRun(mapRunArn)).toMatchObject({ itemCounts: { aborted: 3, pendingRedrive: 0, running: 0 } });
  });

  it('lets failures be that were tolerated', async () => {
    const items = [{ mark: 't0', needs: file('t') }, { mark: 't1', needs: file('t') }, { mark: 't2' }];
    const { arn } = await fixture.run('tolerant', { items });
    await writeFile(file('t'), '');

    await redrive(arn);

    expect((await fixture.ended(arn)).output).toEqual(['t0', 't1', 't2']);
  });

  it('counts children that cannot be redriven any more as failures for good', async () => {
    const { arn } = await fixture.run('endless', { items: [{}, { end: true }] });
    expect(await describeRun(await mapRunOf(arn))).toMatchObject({ itemCounts: { failed: 1, failuresNotRedrivable: 1 } });

    await redrive(arn);

    expect(await fixture.ended(arn)).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
    const [failed] = await children(await mapRunOf(arn), { statusFilter: 'FAILED' });
    expect(failed?.redriveCount).toBe(0);
  });

  it('begins a new Map Run over all items where the results were too large', async () => {
    const items = [
      { mark: 'big0', bytes: 140_000 },
      { mark: 'big1', bytes: 140_000 },
    ];
    const { arn, error } = await fixture.run('many', { items });
    expect(error).toBe('States.DataLimitExceeded');

    await redrive(arn);
    await fixture.ended(arn);

    expect(await mapRunsOf(arn)).toHaveLength(2);
    expect([await calls('big0'), await calls('big1')]).toEqual([2, 2]);
    const types = (await history(arn)).map(([, , type]) => type);
    expect(types.slice(types.indexOf('ExecutionRedriven'), -2)).toEqual([
      'ExecutionRedriven',
      'MapStateStarted',
      'MapRunStarted',
      'MapRunFailed',
    ]);
  });

  it('is possible a thousand times', async () => {
    const { arn } = await fixture.run('failing', { items: [1] });
    for (let count = 1; count <= 1000; count += 1) {
      await redrive(arn);
      expect((await fixture.ended(arn)).error).toBe('States.ExceedToleratedFailureThreshold');
    }
    await redrive(arn);

    expect((await fixture.ended(arn)).error).toBe('States.Runtime');
    expect((await describeRun(await mapRunOf(arn))).redriveCount).toBe(1000);
  });

  it('is asked for at the parent only', async () => {
    const { arn } = await fixture.run('failing', { items: [1] });
    const [child] = await children(await mapRunOf(arn));

    await expect(redrive(child?.executionArn ?? '')).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Labeled Execution ARNs are not supported for this API',
    });
  });

  it('can be filtered for with a Map Run only', async () => {
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:dynamodt-many';
    for (const filter of [{ redriveFilter: 'REDRIVEN' }, { statusFilter: 'PENDING_REDRIVE' }] as const)
      await expect(fixture.sfn.send(new ListExecutionsCommand({ stateMachineArn, ...filter }))).rejects.toMatchObject({
        name: 'ValidationException',
      });
  });
});
