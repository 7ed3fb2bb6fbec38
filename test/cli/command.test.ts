import { setTimeout } from 'node:timers/promises';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noCounters } from '../../core/ledger/counters.ts';
import { createTable, putAll, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson, startCommand } from './command.ts';

const splitName = `
export const sequence = 1;
export const adds = ['first'];
export const transformUp = (user: { name: string }) => ({ ...user, first: user.name.split(' ')[0] });
`;
const failsForSome = `
export const sequence = 2;
export const adds = ['shout'];
export const transformUp = (user: { id: string; name: string }) => {
  if (user.id === 'u7') throw new RangeError(user.name);
  return { ...user, shout: user.name.toUpperCase() };
};
`;
const tables = { full: uniqueName('Full'), failing: uniqueName('Failing'), slow: uniqueName('Slow'), aborted: uniqueName('Aborted') };
const itemCount = 60;
/** Slow enough that there is time to look at the run. */
const slowly = ['--write-units', '10', '--total-segments', '1'];

let service: Service;

beforeAll(async () => {
  service = await startService(Object.fromEntries(Object.values(tables).map((table) => [`${table}/v1.ts`, splitName])));
  await service.deploy({ [`${tables.failing}/v2_shout.ts`]: failsForSome });
  for (const table of Object.values(tables)) {
    await createTable(service.dynamodb, table);
    await putAll(
      service.dynamodb,
      table,
      Array.from({ length: itemCount }, (_, index) => ({ id: { S: `u${index}` }, name: { S: 'Ann Lee' } })),
    );
  }
});
afterAll(() => service?.close());

async function status(table: string) {
  return (await runForJson(service, 'status', table)).document;
}

/** Waits until the run of a table is, or is no longer, running. */
async function untilRun(table: string, running: boolean): Promise<void> {
  while (((await status(table)).run?.status === 'running') !== running) await setTimeout(100);
}

describe('a table taken up and down', () => {
  const table = tables.full;

  it('is shown as pending before', async () => {
    expect(await status(table)).toEqual({ table, applied: [], pending: [1], versions: [{ sequence: 1, state: 'pending' }] });
    expect((await runForJson(service, 'history', table)).document).toEqual({ table, versions: [], runs: [], refusedStarts: [] });
  });

  it('is only looked at in a dry run', async () => {
    const before = await readAll(service.dynamodb, table);
    const { exitCode, document } = await runForJson(service, 'up', table, '--dry');
    expect({ exitCode, document }).toMatchObject({
      exitCode: 0,
      document: { dryRun: true, status: 'succeeded', counters: { changed: itemCount } },
    });
    expect(await readAll(service.dynamodb, table)).toEqual(before);
    expect(await status(table)).toMatchObject({ applied: [], pending: [1], run: { status: 'succeeded', dryRun: true } });
  });

  it('goes up, with one document on stdout and the progress on stderr', async () => {
    const { exitCode, document, stderr } = await runForJson(service, 'up', '--table', table);
    expect(exitCode).toBe(0);
    expect(document).toEqual({
      table,
      direction: 'up',
      dryRun: false,
      prepareOnly: false,
      run: expect.stringMatching(/^\d{8}T\d{9}Z-\w{6}$/),
      execution: expect.stringMatching(new RegExp(`:execution:${service.name}-transform-table:${table}-up-`)),
      status: 'succeeded',
      sequences: [1],
      counters: {
        ...noCounters(),
        scanned: 2 * itemCount,
        changed: itemCount,
        kept: itemCount,
        readUnits: expect.any(Number),
        writeUnits: itemCount,
      },
    });
    expect(stderr).toContain(`started ${document.execution}`);
    expect([...(await readAll(service.dynamodb, table)).values()].every(({ first }) => first?.S === 'Ann')).toBe(true);
  });

  it('has nothing to do a second time', async () => {
    const { exitCode, stdout, stderr } = await runCommand(service, 'up', table);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain(`${table}: nothing to do\n`);
    expect((await runForJson(service, 'up', table)).document).toMatchObject({ status: 'nothingToDo', run: null, sequences: [] });
  });

  it('goes down, and says so in a few lines', async () => {
    const { exitCode, stdout, stderr } = await runCommand(service, 'down', table);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(
      new RegExp(`✓ ${table} v1 down succeeded in .*\\n  changed ${itemCount} · .*\\n  scanned ${2 * itemCount} in 1 pass,`),
    );
    expect([...(await readAll(service.dynamodb, table)).values()].some(({ first }) => first)).toBe(false);
  });

  it('has its history', async () => {
    const { document } = await runForJson(service, 'history', table);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(document.versions).toEqual([
      {
        sequence: 1,
        status: 'rolledBack',
        state: 'rolledBack',
        checksum: expect.any(String),
        file: `${table}/v1.ts`,
        packages: [],
        codes: expect.any(Array),
        tableId: expect.any(String),
        at: time,
        run: document.runs[0].run,
        execution: document.runs[0].execution,
        counters: expect.objectContaining({ changed: itemCount }),
        milliseconds: expect.any(Number),
      },
    ]);
    const run = { status: 'succeeded', sequences: [1], startedAt: time, endedAt: time, dryRun: false };
    expect(document.runs).toMatchObject([
      { ...run, direction: 'down' },
      { ...run, direction: 'up' },
      { ...run, direction: 'up', dryRun: true },
    ]);
    expect((await runForJson(service, 'history', table, '--limit', '1')).document.runs).toHaveLength(1);
    expect((await runCommand(service, 'history', table)).stdout).toMatch(/v1 +rolled back.*\n\nrun .*\n.* down /);
  });

  it('is among all tables', async () => {
    for (const verb of ['status', 'history']) {
      const { document } = await runForJson(service, verb);
      expect(document.map((each: { table: string }) => each.table)).toEqual(Object.values(tables).sort());
    }
  });
});

describe('a failed run', () => {
  const table = tables.failing;

  it('ends with 1, its error on stderr and in the document', async () => {
    const { exitCode, document, stderr } = await runForJson(service, 'up', table);
    expect(exitCode).toBe(1);
    expect(document).toMatchObject({ status: 'failed', sequences: [1, 2], counters: { failed: 1 }, error: { name: 'ItemsFailed' } });
    expect(stderr).toMatch(/^ItemsFailed: .*dynamodt status .* --failures/m);
    expect(stderr).not.toContain('Ann Lee');
  });

  it('has its failed items in the status', async () => {
    const { document } = await runForJson(service, 'status', table, '--failures');
    expect(document).toMatchObject({
      applied: [1],
      pending: [2],
      run: { status: 'failed', error: { name: 'ItemsFailed' }, progress: { sequence: 2 } },
      failures: [{ sequence: 2, segment: expect.any(Number), key: { id: 'u7' }, name: 'TransformThrew', place: `${table}/v2_shout.ts:5` }],
    });
    expect((await runCommand(service, 'status', table, '--failures')).stdout).toMatch(
      /v2 +\d+ +TransformThrew +\S+v2_shout\.ts:5 +\{"id":"u7"\}\n +TransformThrew: The function threw RangeError\./,
    );
  });

  it('is in the history with its error', async () => {
    const { document } = await runForJson(service, 'history', table);
    expect(document.runs[0]).toMatchObject({ status: 'failed', error: { name: 'ItemsFailed' } });
    expect(document.versions).toMatchObject([{ status: 'applied' }, { status: 'applying' }]);
  });
});

describe('a run that takes its time', () => {
  const table = tables.slow;

  it('goes on after Ctrl-C, which says so, and after a start that is refused', async () => {
    const { child, ended } = startCommand(service, ['up', table, ...slowly, '--json']);
    await untilRun(table, true);
    child.kill('SIGINT');
    const { exitCode, stdout, stderr } = await ended;

    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ table, direction: 'up', status: 'running' });
    expect(stderr).toContain('No longer following. The run continues in AWS');
    expect(await status(table)).toMatchObject({ run: { status: 'running', progress: { sequence: 1, pass: 1, totalSegments: 1 } } });
    const refused = await runForJson(service, 'up', table);
    expect(refused).toMatchObject({ exitCode: 1, document: { status: 'failed', run: null, error: { name: 'TableBusy' } } });

    await untilRun(table, false);
    expect(await status(table)).toMatchObject({ applied: [1], run: { status: 'succeeded' } });
  });

  it('is not waited for with --detach', async () => {
    const { exitCode, document } = await runForJson(service, 'down', table, ...slowly, '--detach');
    expect({ exitCode, document }).toMatchObject({ exitCode: 0, document: { status: 'running', run: null } });
    await untilRun(table, true);
    await untilRun(table, false);
    expect(await status(table)).toMatchObject({ applied: [] });
  });
});

it('shows a run whose execution was stopped as aborted, and goes on with it', async () => {
  const table = tables.aborted;
  const following = startCommand(service, ['up', table, ...slowly]);
  await untilRun(table, true);
  const { run } = await status(table);
  await service.sfn.send(new StopExecutionCommand({ executionArn: run.execution, cause: 'by hand' }));

  const { exitCode, stderr } = await following.ended;
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^Aborted: .*by hand.*`dynamodt up .*` continues where the run stopped\.\n$/);
  expect(await status(table)).toMatchObject({ run: { run: run.run, status: 'aborted', error: { name: 'Aborted' } } });
  expect((await runForJson(service, 'history', table)).document.runs).toMatchObject([{ status: 'aborted', endedAt: expect.any(String) }]);

  expect((await runForJson(service, 'up', table, '--total-segments', '1')).document).toMatchObject({ status: 'succeeded', run: run.run });
});

describe('what cannot be', () => {
  it.each([['status'], ['history'], ['up'], ['down']])('%s of an unknown table is refused', async (verb) => {
    const { exitCode, document, stderr } = await runForJson(service, verb, 'Nobody');
    expect({ exitCode, document }).toMatchObject({ exitCode: 1, document: { error: { name: 'UnknownTable' } } });
    expect(stderr).toContain('UnknownTable: ');
  });

  it('names a version that is not deployed', async () => {
    const { exitCode, document } = await runForJson(service, 'up', tables.full, '--to', '99');
    expect({ exitCode, document }).toMatchObject({
      exitCode: 1,
      document: { error: { name: 'InvalidInput', message: expect.stringContaining('v99') } },
    });
  });

  it.each([
    ['up', 'state machine "nothing-transform-table"'],
    ['status', 'table "nothing-ledger"'],
  ])('names what %s looked for where the service is not deployed, and where', async (verb, what) => {
    const { exitCode, stderr } = await runCommand({ ...service, name: 'nothing' }, verb, tables.full);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(new RegExp(`^ServiceNotFound: There is no ${what} .*in region us-east-1.*--name`));
  });

  it.each([
    ['no endpoint', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }, 'http://127.0.0.1:1 (region us-east-1) does not answer'],
    ['no region', { AWS_REGION: undefined, AWS_CONFIG_FILE: '/dev/null' }, 'No AWS region is set'],
    ['an empty region', { AWS_REGION: '', AWS_CONFIG_FILE: '/dev/null' }, 'No AWS region is set'],
    [
      'no credentials',
      { AWS_ACCESS_KEY_ID: '', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_CONFIG_FILE: '/dev/null' },
      'no valid AWS credentials',
    ],
  ])('says within seconds that there is %s', async (_, env, text) => {
    const started = performance.now();
    const { exitCode, stdout, stderr } = await startCommand(service, ['up', tables.full], env).ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^EndpointUnreachable: .*\n$/);
    expect(stderr).toContain(text);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
