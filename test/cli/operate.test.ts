import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTable, putAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';

const file = `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => ({ ...item, once: item.n });`;
const second = file.replace('sequence = 1', 'sequence = 2').replaceAll('once', 'twice');
const [one, other, slow] = [uniqueName('One'), uniqueName('Other'), uniqueName('Slow')];
let service: Service;

beforeAll(async () => {
  service = await startService(
    { [`${one}/v1.ts`]: file, [`${other}/v1.ts`]: file, [`${other}/v2.ts`]: second, [`${slow}/v1.ts`]: file },
    { environment: { DYNAMODT_CONTROL_INTERVAL_MS: '200' } },
  );
  for (const table of [one, other]) {
    await createTable(service.dynamodb, table);
    await putAll(
      service.dynamodb,
      table,
      Array.from({ length: 30 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } })),
    );
  }
});
afterAll(() => service?.close());

it('takes all tables up that have pending versions, and finds nothing to do afterwards', async () => {
  const first = await runForJson(service, 'up');
  expect(first.exitCode).toBe(0);
  expect(first.document).toHaveLength(3);
  expect(first.document).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ table: one, status: 'succeeded', sequences: [1], counters: expect.objectContaining({ changed: 30 }) }),
      expect.objectContaining({ table: other, status: 'succeeded', sequences: [1, 2], together: [[1, 2]] }),
      // Its folder is there, its table is not in this stage.
      expect.objectContaining({ table: slow, status: 'nothingToDo', run: null }),
    ]),
  );

  const again = await runForJson(service, 'up');
  expect(again.exitCode).toBe(0);
  expect(again.document.map(({ status }: { status: string }) => status)).toEqual(['nothingToDo', 'nothingToDo', 'nothingToDo']);
});

it('fails when one of all tables fails, and names it', async () => {
  await service.deploy({ [`${one}/v2.ts`]: file.replace('= 1;', '= 2;').replace("'once'", "'twice'").replace('once: item.n', 'wrong: 1') });

  const { exitCode, stdout, stderr } = await runCommand(service, 'up');

  expect(exitCode).toBe(1);
  expect(stdout).toContain(`${other}: nothing to do`);
  expect(stderr).toMatch(/ItemsFailed: .*30 items? .*UndeclaredChange/);
});

it('tells of the run that it went on with, though a dry run began after that', async () => {
  const dry = await runForJson(service, 'up', one, '--dry-run');
  expect(dry.document).toMatchObject({ status: 'failed' });

  const { document } = await runForJson(service, 'up');

  const told = document.find(({ table }: { table: string }) => table === one);
  expect(told).toMatchObject({ status: 'failed', error: { name: 'ItemsFailed' } });
  expect(told.run).not.toBe(dry.document.run);
});

it('asks for one table where a flag is about one', async () => {
  expect(await runCommand(service, 'up', '--to', '1')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--to is about one table'),
  });
  expect(await runCommand(service, 'pause')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('dynamodt pause Users') });
});

it('pauses, throttles, resumes and stops a run, and shows who did', async () => {
  await createTable(service.dynamodb, slow);
  await putAll(
    service.dynamodb,
    slow,
    Array.from({ length: 200 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } })),
  );
  const status = async () => (await runForJson(service, 'status', slow)).document;
  const started = await runForJson(service, 'up', slow, '--write-units', '5', '--total-segments', '2', '--detach');
  expect(started).toMatchObject({ exitCode: 0, document: { status: 'running' } });
  while ((await status()).run?.status !== 'running') await setTimeout(50);

  expect(await runForJson(service, 'pause', slow)).toMatchObject({ exitCode: 0, document: { table: slow, action: 'pause' } });
  expect(await status()).toMatchObject({ paused: { by: expect.stringMatching(/^user:/), since: expect.any(String) } });
  expect(await runForJson(service, 'throttle', slow, '--write-units', '10')).toMatchObject({ exitCode: 0 });
  expect(await runForJson(service, 'throttle', slow)).toMatchObject({ exitCode: 1, document: { error: { name: 'InvalidInput' } } });
  expect(await runForJson(service, 'resume', slow)).toMatchObject({ exitCode: 0 });
  expect((await status()).paused).toBeUndefined();
  expect(await runForJson(service, 'stop', slow)).toMatchObject({ exitCode: 0 });
  while ((await status()).run?.status === 'running') await setTimeout(100);
  expect((await runForJson(service, 'history', slow)).document.runs).toMatchObject([{ status: 'stopped', error: { name: 'Stopped' } }]);
  expect(await runForJson(service, 'resume', slow)).toMatchObject({ exitCode: 1, document: { error: { name: 'InvalidInput' } } });
});

it('takes the other tables up if one is refused, names that one, and ends red', async () => {
  await service.deploy({
    [`${one}/v1.ts`]: file.replace('item.n', 'item.other'),
    [`${other}/v3.ts`]: file.replace('sequence = 1', 'sequence = 3').replaceAll('once', 'thrice'),
  });

  const { exitCode, document, stderr } = await runForJson(service, 'up');

  expect(exitCode).toBe(1);
  expect(document).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ table: other, status: 'succeeded', sequences: [3] }),
      expect.objectContaining({ table: one, status: 'failed', error: expect.objectContaining({ name: 'ChecksumMismatch' }) }),
    ]),
  );
  expect(stderr).toMatch(new RegExp(`TablesFailed: 1 of 3 tables .*${one} \\(ChecksumMismatch`));
});
