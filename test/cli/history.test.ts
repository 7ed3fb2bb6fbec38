import { setTimeout } from 'node:timers/promises';
import { RedriveExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newTransformation } from '../../cli/files/new-transformation.ts';
import { numberedItems } from '../support/numbered-items.ts';
import { createTable, putAll, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';

let service: Service;

beforeAll(async () => {
  service = await startService({}, { environment: { DYNAMODT_LEASE_MS: '1500', DYNAMODT_CONTROL_INTERVAL_MS: '200' } });
});
afterAll(() => service?.close());

function adding(value: string, failsFrom = Number.POSITIVE_INFINITY) {
  return `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => {
  if (item.n >= ${failsFrom}) throw new RangeError('too large');
  return { ...item, once: ${value} };
};
`;
}

async function tableOf(count: number, file: string) {
  const table = uniqueName('History');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, numberedItems(count));
  await service.publish(table, { 'v1.ts': file });
  return table;
}

async function historyOf(table: string) {
  return (await runForJson(service, 'history', table)).document;
}

async function redriven(executionArn: string) {
  await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
  return service.ended(executionArn);
}

const oneUnit = ['--write-units', '5', '--total-segments', '1'];

/** Starts a run that takes many seconds, and waits until it has changed items. */
async function underWay(table: string): Promise<string> {
  const { document } = await runForJson(service, 'up', table, ...oneUnit, '--detach');
  for (;;) {
    const { run } = (await runForJson(service, 'status', table)).document;
    if (run?.progress?.counters.changed > 0) return document.execution;
    await setTimeout(50);
  }
}

it('counts 40 items of which one failed, was mended and redriven, once, and keeps the failed row beside the redrive', async () => {
  const table = await tableOf(40, adding('item.n', 39));
  const executionArn = await service.start({ table });
  expect(await service.ended(executionArn)).toMatchObject({ error: 'ItemsFailed' });
  const failed = (await historyOf(table)).runs[0].parts[0];
  expect(failed).toMatchObject({
    part: 1,
    begun: 'start',
    status: 'failed',
    counters: { changed: 39, failed: 1 },
    error: { name: 'ItemsFailed' },
  });
  expect((await historyOf(table)).versions).toMatchObject([{ state: 'halfwayUp', counters: { changed: 39, failed: 1 } }]);

  const { document } = await runForJson(service, 'status', table);
  expect(document).toMatchObject({
    versions: [{ sequence: 1, state: 'halfwayUp' }],
    halfway: [{ sequence: 1, direction: 'up', reached: { counters: { changed: 39, failed: 1 } } }],
  });

  await service.publish(table, { 'v1.ts': adding('item.n') });
  expect((await redriven(executionArn)).status).toBe('SUCCEEDED');

  const { versions, runs } = await historyOf(table);
  expect(versions).toMatchObject([
    {
      state: 'applied',
      counters: { scanned: 40, changed: 40, kept: 0, unchanged: 0, failed: 0, writeUnits: 40 },
      adopted: [{ from: failed.steps[0].checksum, changed: 39 }],
    },
  ]);
  expect(runs).toHaveLength(1);
  expect(runs[0].parts).toEqual([
    failed,
    expect.objectContaining({
      part: 2,
      begun: 'redrive',
      status: 'succeeded',
      execution: executionArn,
      counters: expect.objectContaining({ changed: 40 }),
    }),
  ]);
  expect(runs[0].parts[1].steps).not.toEqual(failed.steps);
  const { stdout } = await runCommand(service, 'history', table);
  expect(stdout).toMatch(/up, redrive +v1 +succeeded +40 .*\n.* up +v1 +failed +39 .*ItemsFailed\n/);
});

it('says which code wrote how many items if a version was finished by another, in history and status', async () => {
  const table = await tableOf(120, adding("'old'", 80));
  expect(await service.run({ table })).toMatchObject({ error: 'ItemsFailed' });
  const [before] = (await historyOf(table)).runs;
  await service.publish(table, { 'v1.ts': adding("'new'") });

  expect((await runForJson(service, 'up', table)).exitCode).toBe(0);

  const items = [...(await readAll(service.dynamodb, table)).values()];
  expect(items.filter(({ once }) => once?.S === 'old')).toHaveLength(80);
  const adopted = { from: before.parts[0].steps[0].checksum, changed: 80 };
  const { versions, runs } = await historyOf(table);
  expect(versions).toMatchObject([{ state: 'applied', counters: { changed: 120, kept: 0, differing: 80 }, adopted: [adopted] }]);
  expect(runs).toMatchObject([
    { status: 'succeeded', parts: [{ status: 'succeeded' }] },
    { run: before.run, status: 'superseded', parts: [before.parts[0]] },
  ]);
  const inWords = /v1 adopted other code: 80 items were written by 2:\w{8} before run/;
  expect((await runCommand(service, 'history', table)).stdout).toMatch(inWords);

  expect((await runCommand(service, 'status', table)).stdout).toMatch(inWords);
  expect((await runForJson(service, 'status', table, '--ack')).exitCode).toBe(0);
  expect((await runCommand(service, 'status', table)).stdout).not.toMatch(inWords);
  expect((await runForJson(service, 'status', table)).document.adopted).toMatchObject([
    { ...adopted, sequence: 1, acknowledged: { by: expect.stringMatching(/^user:/), at: expect.any(String) } },
  ]);
});

it('keeps a stopped and an aborted row as they ended, beside those that continued the run', async () => {
  const table = await tableOf(60, adding('item.n'));
  await service.ended(await stopped(table));
  const executionArn = await underWay(table);
  await service.sfn.send(new StopExecutionCommand({ executionArn }));
  await service.ended(executionArn);

  expect((await runForJson(service, 'up', table, '--write-units', 'unlimited', '--total-segments', '1')).exitCode).toBe(0);

  const { versions, runs } = await historyOf(table);
  expect(versions).toMatchObject([{ state: 'applied', counters: { failed: 0 } }]);
  expect(runs).toMatchObject([
    {
      status: 'succeeded',
      parts: [
        { part: 1, begun: 'start', status: 'stopped', error: { name: 'Stopped' }, endedAt: expect.any(String) },
        { part: 2, begun: 'continued', status: 'aborted', error: { name: 'Aborted' }, endedAt: expect.any(String) },
        { part: 3, begun: 'continued', status: 'succeeded' },
      ],
    },
  ]);
  const changed = runs[0].parts.map(({ counters }: { counters: { changed: number } }) => counters.changed);
  expect(changed).toEqual(changed.toSorted((a: number, b: number) => a - b));
});

async function stopped(table: string): Promise<string> {
  const executionArn = await underWay(table);
  await runCommand(service, 'stop', table);
  return executionArn;
}

it('says of a version that its file is as init made it, and prints an acknowledged warning again only if it changed', async () => {
  const table = await tableOf(1, adding('item.n'));
  expect((await runForJson(service, 'up', table)).exitCode).toBe(0);
  await service.deploy({ [`${table}/v2.ts`]: newTransformation(table, 2, 'ts') });
  await service.publish(table, { 'v1.ts': adding('item.n + 1') });
  const warned = async () => (await runCommand(service, 'status', table)).stdout.includes('warning ChecksumMismatch');
  const { document } = await runForJson(service, 'status', table);
  expect(document.versions).toMatchObject([{ state: 'applied' }, { sequence: 2, state: 'notFilledIn' }]);
  expect(await warned()).toBe(true);

  expect((await runCommand(service, 'status', table, '--ack')).stdout).toContain('1 warning is acknowledged');

  expect(await warned()).toBe(false);
  expect((await runForJson(service, 'status', table)).document.warnings).toMatchObject([{ name: 'ChecksumMismatch', acknowledged: {} }]);
  await service.publish(table, { 'v1.ts': adding('item.n + 2') });
  expect(await warned()).toBe(true);
});

it('has a row for again, which adds to the counters of the version, and for a refused start', async () => {
  const table = await tableOf(10, adding('item.n'));
  expect((await runForJson(service, 'up', table)).exitCode).toBe(0);
  await putAll(service.dynamodb, table, [{ id: { S: 'later' }, n: { N: '10' } }]);
  expect((await runForJson(service, 'up', table, '--again', '1')).exitCode).toBe(0);
  await service.publish(table, { 'v1.ts': adding('item.n + 1') });
  expect((await runForJson(service, 'up', table)).document.error).toMatchObject({ name: 'ChecksumMismatch' });

  const { versions, runs, refusedStarts } = await historyOf(table);
  expect(versions).toMatchObject([{ state: 'applied', counters: { changed: 11, kept: 0 }, run: runs[0].run }]);
  expect(runs).toMatchObject([{ again: true, counters: { changed: 1 } }, { counters: { changed: 10 } }]);
  expect(refusedStarts).toMatchObject([{ direction: 'up', error: { name: 'ChecksumMismatch' } }]);
  expect((await runCommand(service, 'history', table)).stdout).toMatch(
    /– +up +– +refused .*ChecksumMismatch\n {2}started by \S+\n.*\n.* up again +v1 +succeeded/,
  );
});
