import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';

/** What somebody does who knows dynamo-data-transform: init, fill in, up, history, down, up again. */

const table = uniqueName('Users');
const [bare, other] = [uniqueName('Bare'), uniqueName('Other')];
const items: RawItem[] = Array.from({ length: 40 }, (_, n) => ({ id: { S: `u${n}` }, fullName: { S: `Given${n} Family ${n}` } }));
const withNames = new Map(
  items.map((item, n) => [JSON.stringify(item['id']), { ...item, firstName: { S: `Given${n}` }, lastName: { S: `Family ${n}` } }]),
);
const withInitials = new Map([...withNames].map(([key, item]) => [key, { ...item, initials: { S: 'GF' } }]));
const names = `import type { Transform } from 'dynamodt';
export const sequence = 1;
export const adds = ['firstName', 'lastName'];
export const transformUp: Transform<{ fullName: string }> = (user) => {
  const [firstName, ...rest] = user.fullName.split(' ');
  return { ...user, firstName, lastName: rest.join(' ') };
};
`;
const initials = `export const sequence = 2;
export const adds = ['initials'];
export const transformUp = (user: { fullName: string }) => ({ ...user, initials: user.fullName.replace(/[^A-Z]/g, '') });
`;
let service: Service;

beforeAll(async () => {
  service = await startService({}, { tables: { [bare]: `app-dev-${bare}`, [other]: `app-dev-${other}` } });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
});
afterAll(() => service?.close());

function read() {
  return readAll(service.dynamodb, table);
}

function init(...args: string[]) {
  return runForJson(service, 'init', ...args, '--transformations', service.folder);
}

/** As in a team's repository, where both packages are installed. */
async function runGeneratedTests() {
  const modules = join(service.folder, 'node_modules');
  await mkdir(modules, { recursive: true });
  for (const [name, path] of [
    ['dynamodt', packageRoot],
    ['vitest', join(packageRoot, 'node_modules/vitest')],
  ] as const)
    await symlink(path, join(modules, name)).catch(() => undefined);
  const vitest = join(packageRoot, 'node_modules/vitest/vitest.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [vitest, 'run', '--root', service.folder], {
    cwd: service.folder,
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], NO_COLOR: '1' },
  });
  return stdout;
}

describe('the life cycle of a table', () => {
  it('begins with a file and a test that passes as it was made', async () => {
    const { exitCode, document } = await init(table);

    expect({ exitCode, document }).toMatchObject({
      exitCode: 0,
      document: { table, sequence: 1, created: [expect.any(String), expect.any(String)] },
    });
    expect(await init('--table', other, '--js')).toMatchObject({ exitCode: 0 });
    expect(await runGeneratedTests()).toMatch(/Tests +2 passed/);
  });

  it('refuses a file that is not filled in, and writes nothing', async () => {
    const { exitCode, document } = await runForJson(service, 'up', table);

    expect({ exitCode, document }).toMatchObject({ exitCode: 1, document: { run: null, error: { name: 'InvalidTransformation' } } });
    expect(document.error.message).toMatch(/v1\.ts is as `dynamodt init` made it.*Fill it in/);
    expect(await runForJson(service, 'status', table)).toMatchObject({ document: { applied: [], pending: [1] } });
  });

  it('goes up once it is filled in, then takes only what is pending, down by one step, and up again', async () => {
    await service.deploy({ [`${table}/v1.ts`]: names });
    expect(await runForJson(service, 'up', table)).toMatchObject({ exitCode: 0, document: { sequences: [1] } });
    expect(await read()).toEqual(withNames);

    expect(await init(table)).toMatchObject({ document: { sequence: 2 } });
    await service.deploy({ [`${table}/v2.ts`]: initials });
    expect(await runForJson(service, 'up', table)).toMatchObject({ exitCode: 0, document: { sequences: [2] } });
    expect(await read()).toEqual(withInitials);

    expect(await runForJson(service, 'down', table)).toMatchObject({ exitCode: 0, document: { sequences: [2] } });
    expect(await read()).toEqual(withNames);
    expect(await runForJson(service, 'status', table)).toMatchObject({ document: { applied: [1], pending: [2] } });

    expect(await runForJson(service, 'up', table)).toMatchObject({ exitCode: 0, document: { sequences: [2] } });
    expect(await read()).toEqual(withInitials);
  });

  it('is in the history: versions with who, when, how many, how much and how long, runs with their execution', async () => {
    const { document } = await runForJson(service, 'history', table);

    const counters = expect.objectContaining({ changed: 40, readUnits: expect.any(Number), writeUnits: expect.any(Number) });
    const done = { status: 'applied', at: expect.stringMatching(/Z$/), counters, milliseconds: expect.any(Number) };
    expect(document.versions).toMatchObject([
      { ...done, sequence: 1, execution: document.runs[3].execution },
      { ...done, sequence: 2, execution: document.runs[0].execution },
    ]);
    expect(document.runs.map(({ direction, sequences }: Record<string, unknown>) => [direction, sequences])).toEqual([
      ['up', [2]],
      ['down', [2]],
      ['up', [2]],
      ['up', [1]],
    ]);
    const { stdout } = await runCommand(service, 'history', table, '--limit', '1');
    expect(stdout).toMatch(/version +status +when \(UTC\) +by +checksum +changed .* duration\n/);
    expect(stdout).toMatch(/v1 +applied +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +\S+ +2:[0-9a-f]{8} +40 .* +\d[\d.ms ]*s\n/);
    expect(stdout).toMatch(new RegExp(`\\S+ +up +v2 +succeeded .* ${table}-up-\\S+\n {2}started by \\S+\n$`));
  });
});

it('begins a folder for every table that the service knows and that has no files, and leaves the others alone', async () => {
  const { exitCode, document, stderr } = await init();

  expect({ exitCode, document }).toMatchObject({ exitCode: 0, document: [{ table: bare, sequence: 1 }] });
  expect((await readdir(join(service.folder, bare))).sort()).toEqual(['v1.test.ts', 'v1.ts']);
  expect(stderr).toContain(`${table} has v1, v2; \`dynamodt init ${table}\` creates the next one.`);
  expect(stderr).toContain(`${other} has v1;`);

  await writeFile(join(service.folder, 'not-a-folder'), '');
  const elsewhere = await runCommand(service, 'init', '--transformations', join(service.folder, 'not-a-folder'));
  expect(elsewhere.stdout).toContain(`${table} has v1, v2 in the deployed service, but`);
});

it('says what to name where no service is deployed', async () => {
  const { exitCode, stderr } = await runCommand({ ...service, name: 'nothing' }, 'init');
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^ServiceNotFound: .*Name the table, which needs no deployed service: `dynamodt init Users`\.\n$/);
});

it('makes no version under a number that the ledger has, though its file is gone', async () => {
  await rm(join(service.folder, table, 'v2.ts'));

  const { exitCode, stdout } = await runCommand(service, 'init', table, '--transformations', service.folder);

  expect({ exitCode, stdout }).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(`${table} has v2 in the deployed service or its ledger, and not here, so this is v3.`),
  });
  expect(await readdir(join(service.folder, table))).toContain('v3.ts');
});
