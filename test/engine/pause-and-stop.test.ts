import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { DescribeExecutionCommand, ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listPrices } from '../../core/ledger/limits/prices.ts';
import { runForJson } from '../cli/command.ts';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

const file = `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => ({ ...item, once: item.n });`;
const items: RawItem[] = Array.from({ length: 900 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));
const transformed = new Map(items.map((item) => [JSON.stringify(item['id']), { ...item, once: item['n'] }]));

const pauseAlarm = 'the-alarm-of-pauseOn';
let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService(
    {},
    {
      dynamodb: proxy.url,
      environment: { DYNAMODT_LEASE_MS: '1500', DYNAMODT_CONTROL_INTERVAL_MS: '200', DYNAMODT_PAUSE_ALARM: pauseAlarm },
    },
  );
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await setTimeout(20);
}

function control(action: string, table: string, by = 'user:test') {
  return service.aws.invoke('control-run', { table, action, by });
}

function busy() {
  return service.aws.functionProcesses().filter(({ event }) => event !== undefined);
}

/** A run that would take a minute and a half at its budget, and is paused near its beginning. */
async function pausedRun(by?: string) {
  const table = uniqueName('Paused');
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  const execution = await service.start({ table, totalSegments: 4, maxConcurrency: 2, writeUnits: 10 });
  const changed = async () => [...(await readAll(service.dynamodb, table)).values()].filter((item) => item['once']).length;
  await until(async () => (await changed()) > 0);
  expect(await control('pause', table, by)).toMatchObject({ table, action: 'pause' });
  const runId = (await service.ledger.lock(table))?.run ?? '';
  await until(async () => (await service.ledger.control(runId))?.marks.taskToken !== undefined);
  return { table, execution, changed, runId };
}

it('rests without a function, a poll or a write while it is paused, and then goes on to the end', async () => {
  const { table, execution, changed, runId } = await pausedRun();
  const before = await changed();
  expect(before).toBeLessThan(items.length);
  await until(() => busy().length === 0);
  let requests = 0;
  proxy.before = () => {
    requests++;
  };

  await setTimeout(1500);

  proxy.before = () => {};
  expect(requests).toBe(0);
  expect(busy()).toEqual([]);
  expect(await changed()).toBe(before);
  expect(await service.ledger.control(runId)).toMatchObject({ marks: { paused: { by: 'user:test' } } });

  await service.aws.invoke('control-run', { table, action: 'throttle', by: 'user:test', writeUnits: 5000 });
  await control('resume', table);
  await control('resume', table).catch(() => undefined);
  expect((await service.ended(execution)).error).toBeUndefined();
  expect(await readAll(service.dynamodb, table)).toEqual(transformed);
});

it('can be stopped while it is paused, and gone on with', async () => {
  const { table, execution } = await pausedRun();

  await control('stop', table);

  expect(await service.ended(execution)).toMatchObject({ status: 'FAILED', error: 'Stopped' });
  expect((await service.ledger.runs(table))[0]).toMatchObject({ status: 'stopped', error: { name: 'Stopped' } });
  expect((await service.run({ table })).status).toBe('SUCCEEDED');
  expect(await readAll(service.dynamodb, table)).toEqual(transformed);
  expect((await service.ledger.runs(table)).length).toBe(1);
});

it('rests until the last alarm that paused it is over', async () => {
  const [a, b] = ['alarm:A', 'alarm:B'];
  const { table, execution, changed, runId } = await pausedRun(a);
  const paused = async () => (await service.ledger.control(runId))?.marks.paused;
  const names = async () => (await paused())?.holders?.map(({ by }) => by);
  expect(await control('resume', table, b)).toEqual({ table, action: 'resume' });
  expect(await control('pause', table, b)).toMatchObject({ run: runId });
  expect(await control('pause', table, b)).toEqual({ table, action: 'pause' });
  expect(await names()).toEqual([a, b]);
  const before = await changed();

  expect(await control('resume', table, a)).toMatchObject({ run: runId });

  expect(await paused()).toMatchObject({ by: b, holders: [{ by: b }] });
  expect((await service.ledger.control(runId))?.marks.taskToken).toBeDefined();
  expect((await runForJson(service, 'status', table)).document.paused).toMatchObject({ by: b, holders: [{ by: b }] });
  expect(await changed()).toBe(before);

  await service.aws.invoke('control-run', { table, action: 'throttle', by: 'user:test', writeUnits: 5000 });
  expect(await control('resume', table, b)).toMatchObject({ run: runId });
  expect((await service.ended(execution)).error).toBeUndefined();
  expect(await readAll(service.dynamodb, table)).toEqual(transformed);
  for (const action of ['pause', 'resume']) expect(await control(action, table, a)).toEqual({ table, action });
});

it('changes a hundred items first, then pauses itself, and takes them back or goes on to the end', async () => {
  const table = uniqueName('Hundred');
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  const few = items.slice(0, 300);
  await putAll(service.dynamodb, table, few);
  const changed = async () => [...(await readAll(service.dynamodb, table)).values()].filter((item) => item['once']).length;

  const first = await runForJson(service, 'up', table, '--pause-after', '100', '--total-segments', '8', '--max-concurrency', '2');

  expect(first).toMatchObject({
    exitCode: 0,
    document: { status: 'paused', paused: { by: 'pauseAfter 100' }, counters: { changed: 100 } },
  });
  expect(await changed()).toBe(100);
  const { document: status } = await runForJson(service, 'status', table);
  expect(status).toMatchObject({ paused: { by: 'pauseAfter 100' }, run: { status: 'running', pauseAfter: { items: 100 } } });
  expect(status.run.progress).not.toHaveProperty('itemsPerSecond');

  expect(await runForJson(service, 'down', table)).toMatchObject({
    exitCode: 0,
    document: { status: 'succeeded', counters: { changed: 100 } },
  });
  expect(await readAll(service.dynamodb, table)).toEqual(new Map(few.map((item) => [JSON.stringify(item['id']), item])));

  const again = await runForJson(service, 'up', table, '--pause-after', '1', '--total-segments', '8');
  expect(again).toMatchObject({ exitCode: 0, document: { status: 'paused', counters: { changed: 1 } } });
  expect(await runForJson(service, 'resume', table, '--pause-after', '50')).toMatchObject({ exitCode: 0 });
  const paused = async () => (await service.ledger.control(again.document.run))?.marks.paused?.by;
  await until(async () => (await paused()) === 'pauseAfter 50');
  expect(await changed()).toBe(51);

  expect(await runForJson(service, 'resume', table)).toMatchObject({ exitCode: 0 });
  expect((await service.ended(again.document.execution)).error).toBeUndefined();
  expect(await changed()).toBe(300);
  expect(await service.ledger.versions(table)).toMatchObject([{ sequence: 1, status: 'applied' }]);
});

it('pauses before it costs more than --max-cost, and outside of its hours until a person resumes it', async () => {
  const table = uniqueName('Limited');
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items.slice(0, 300));
  const changed = async () => [...(await readAll(service.dynamodb, table)).values()].filter((item) => item['once']).length;

  // A write costs 1, and all else next to nothing.
  const prices = { ...listPrices, currency: 'EUR', millionWriteUnits: 1_000_000, lambdaGigabyteSecond: 0, thousandTransitions: 0 };
  const pricesFile = join(await mkdtemp(join(tmpdir(), 'dynamodt-prices-')), 'prices.json');
  await writeFile(pricesFile, JSON.stringify(prices));
  const limited = ['--max-cost', '200', '--prices', pricesFile, '--total-segments', '2', '--max-concurrency', '2'];
  const first = await runForJson(service, 'up', table, ...limited);

  expect(first).toMatchObject({ exitCode: 0, document: { status: 'paused', paused: { by: 'maxCost 200 EUR' } } });
  expect(await changed()).toBeLessThanOrEqual(200);
  expect(await changed()).toBeGreaterThan(100);
  const { document: status } = await runForJson(service, 'status', table);
  expect(status.run.maxCost).toMatchObject({ amount: 200, currency: 'EUR', used: expect.any(Number) });
  expect(status.run.maxCost.used).toBeLessThanOrEqual(200);
  expect(await runForJson(service, 'down', table)).toMatchObject({ exitCode: 0, document: { status: 'succeeded' } });

  const hour = (new Date().getUTCHours() + 12) % 24;
  const hours = `${String(hour).padStart(2, '0')}:00-${String(hour).padStart(2, '0')}:30 UTC`;
  const { document } = await runForJson(service, 'up', table, '--only-between', hours, '--total-segments', '2', '--detach');
  const waiting = async () => (await runForJson(service, 'status', table)).document;
  await until(async () => (await waiting()).paused !== undefined);

  expect(await waiting()).toMatchObject({
    paused: { by: `onlyBetween ${hours}` },
    run: { onlyBetween: { hours, opensAt: expect.any(String) } },
  });
  expect(await changed()).toBe(0);
  await control('resume', table);
  expect((await service.ended(document.execution)).error).toBeUndefined();
  expect(await changed()).toBe(300);
});

it('goes on when a person resumes, whoever paused it, and an alarm leaves the pause of a person alone', async () => {
  const { table, execution, runId } = await pausedRun();
  const alarm = 'alarm:HighLatency';
  const names = async () => (await service.ledger.control(runId))?.marks.paused?.holders?.map(({ by }) => by);
  await control('pause', table, alarm);
  expect(await names()).toEqual(['user:test', alarm]);
  expect(await control('resume', table, alarm)).toMatchObject({ run: runId });
  expect(await names()).toEqual(['user:test']);
  await control('pause', table, alarm);

  await service.aws.invoke('control-run', { table, action: 'throttle', by: 'user:test', writeUnits: 5000 });
  await control('resume', table, 'user:other');

  expect((await service.ended(execution)).error).toBeUndefined();
});

it('stops in order while it runs, and refuses to control what does not run', async () => {
  const table = uniqueName('Stopped');
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  const execution = await service.start({ table, totalSegments: 4, maxConcurrency: 2, writeUnits: 10 });
  await until(async () => (await service.ledger.lock(table)) !== undefined);

  await control('stop', table);

  expect(await service.ended(execution)).toMatchObject({ status: 'FAILED', error: 'Stopped' });
  await expect(control('pause', table)).rejects.toThrow(/No run of .* is under way/);
});

it('keeps to a smaller budget from the moment it is told', async () => {
  const table = uniqueName('Throttled');
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  const execution = await service.start({ table, totalSegments: 2, writeUnits: 5 });
  await until(async () => (await service.ledger.lock(table)) !== undefined);

  await service.aws.invoke('control-run', { table, action: 'throttle', by: 'user:test', writeUnits: 5000 });

  const { startDate, stopDate, error } = await service.ended(execution);
  expect(error).toBeUndefined();
  // At the first budget, 900 writes would take three minutes.
  expect((stopDate?.getTime() ?? 0) - (startDate?.getTime() ?? 0)).toBeLessThan(120_000);
  expect(await readAll(service.dynamodb, table)).toEqual(transformed);
});

it('takes all tables with pending versions up, follows a run that does so already, and fails when one fails', async () => {
  const [one, other, failing] = [uniqueName('AllOne'), uniqueName('AllOther'), uniqueName('AllFailing')];
  const tables = [one, other, failing];
  await service.deploy({
    [`${one}/v1.ts`]: file,
    [`${other}/v1.ts`]: file,
    [`${failing}/v1.ts`]: file.replace('item.n }', 'item.n.wrong.wrong }'),
  });
  for (const table of tables) {
    await createTable(service.dynamodb, table);
    await putAll(service.dynamodb, table, items.slice(0, 150));
  }
  const followed = await service.start({ table: one, writeUnits: 50 });
  await until(async () => (await service.ledger.lock(one)) !== undefined);

  const all = await service.runAll({ tables: [one, other] });

  expect(all.error).toBeUndefined();
  expect((await service.sfn.send(new DescribeExecutionCommand({ executionArn: followed }))).status).toBe('SUCCEEDED');
  expect((await service.ledger.runs(one)).length).toBe(1);
  for (const table of [one, other]) expect(await service.ledger.versions(table)).toMatchObject([{ status: 'applied' }]);

  const failed = await service.runAll({ tables });
  expect(failed.status).toBe('FAILED');
  expect(failed.cause).toContain('ItemsFailed');
  const started = await service.sfn.send(
    new ListExecutionsCommand({ stateMachineArn: service.stateMachine('transform-table'), maxResults: 1 }),
  );
  expect(started.executions?.[0]?.status).toBe('FAILED');

  expect(await service.runAll({ tables: ['NoSuchTable'] })).toMatchObject({ status: 'FAILED', error: 'UnknownTable' });
  expect(await service.runAll({ table: one })).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
});

/** As CloudWatch would; local AWS sends no events of it. */
async function alarmIs(StateValue: 'ALARM' | 'OK') {
  const response = await fetch(service.aws.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'GraniteServiceVersion20100801.SetAlarmState' },
    body: JSON.stringify({ AlarmName: pauseAlarm, StateValue, StateReason: 'test' }),
  });
  expect(response.status).toBe(200);
}

it('is paused from its beginning by an alarm that was on before, without a change, until the alarm goes off', async () => {
  const table = uniqueName('Alarmed');
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  await alarmIs('ALARM');

  const execution = await service.start({ table, totalSegments: 4 });
  await until(async () => (await service.ledger.lock(table)) !== undefined);
  const runId = (await service.ledger.lock(table))?.run ?? '';
  await until(async () => (await service.ledger.control(runId))?.marks.taskToken !== undefined);

  expect((await runForJson(service, 'status', table)).document).toMatchObject({
    run: { status: 'running' },
    paused: { by: `alarm:${pauseAlarm}` },
  });
  expect(await readAll(service.dynamodb, table)).toEqual(new Map(items.map((item) => [JSON.stringify(item['id']), item])));

  await alarmIs('OK');
  await control('resume', table, `alarm:${pauseAlarm}`);
  expect(await service.ended(execution)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readAll(service.dynamodb, table)).toEqual(transformed);
});
