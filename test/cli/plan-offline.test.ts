import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import type { Ended } from './command.ts';
import { removeWorkingCopies, workingCopy } from './working-copy.ts';

const good = `import type { Transform } from 'dynamodt';
export const sequence = 1; export const adds = ['a']; export const transformUp: Transform = (item) => ({ ...item, a: 1 });`;

/** Where there is nothing of AWS: no region, no credentials, no home to read a profile from. */
async function run(args: readonly string[], program = join(packageRoot, 'dist/cli/main.js'), cwd?: string): Promise<Ended> {
  const child = spawn(process.execPath, [program, 'plan', ...args], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOME: '/nowhere',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    },
    ...(cwd ? { cwd } : {}),
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => (printed.stdout += text));
  child.stderr.on('data', (text) => (printed.stderr += text));
  return new Promise((resolve) => child.once('close', (exitCode) => resolve({ exitCode, ...printed })));
}

async function offline(files: Record<string, string>, ...args: string[]) {
  const { exitCode, stdout, stderr } = await run(['--offline', '--transformations', await workingCopy(files), '--json', ...args]);
  return { exitCode, document: JSON.parse(stdout), stderr };
}

afterAll(removeWorkingCopies);

describe('files without AWS', () => {
  it('are not fine if one is as init made it', async () => {
    const unfilled = 'export const sequence = 2; export const adds: string[] = []; export const transformUp = () => undefined;';
    const { exitCode, document } = await offline({ 'Users/v1.ts': good, 'Users/v2.ts': unfilled });

    expect(exitCode).toBe(1);
    expect(document).toMatchObject([
      {
        ok: false,
        problems: [
          { name: 'InvalidTransformation', message: expect.stringMatching(/Users\/v2\.ts is as `dynamodt init` made it/), sequence: 2 },
        ],
      },
    ]);
  });

  it('are fine, in their order, with what they declare', async () => {
    const { exitCode, document } = await offline({
      'Users/v10.ts': good.replace('= 1;', '= 10;'),
      'Users/v1_first.ts': good,
      'Users/v2.ts': `export const sequence = 2; export const removes = ['b']; export const transformUp = ({ b, ...item }) => item;`,
      'Users/v1_first.test.ts': 'throw new Error();',
      'shared/words.ts': 'export const words = 1;',
    });

    expect({ exitCode, document }).toMatchObject({
      exitCode: 0,
      document: [
        {
          table: 'Users',
          tableName: null,
          ok: true,
          problems: [],
          notes: [
            { name: 'Gap', sequence: 10 },
            { name: 'Irreversible', sequence: 2 },
          ],
          versions: [
            { sequence: 1, file: 'Users/v1_first.ts', status: 'unknown', declared: { adds: ['a'] }, trial: null },
            { sequence: 2, declared: { removes: ['b'] } },
            { sequence: 10 },
          ],
          estimate: null,
        },
      ],
    });
  });

  it('are fine that stand in the repository as examples', async () => {
    const { exitCode, stdout } = await run(['--offline', '--transformations', join(packageRoot, 'examples/transformations'), '--json']);

    const plans: { table: string; problems: object[]; notes: { name: string; message: string }[] }[] = JSON.parse(stdout);
    expect({ exitCode, problems: plans.flatMap(({ problems }) => problems) }).toEqual({ exitCode: 0, problems: [] });
    expect(plans.map(({ table }) => table)).toEqual(await readdir(join(packageRoot, 'examples/transformations')));
    const notes = plans.flatMap(({ table, notes }) => notes.map(({ name, message }) => `${table} ${name}: ${message.slice(0, 40)}`));
    expect(notes).toEqual([
      'Contacts Irreversible: It may move items to another table, of w',
      'Events Irreversible: It does more than add and has no transfo',
      'Subscribers Irreversible: It does more than add and has no transfo',
    ]);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a syntax error', { 'v1.ts': 'export const = 1;' }, /v1\.ts does not compile.*line 1/],
    ['a sequence unlike the name', { 'v2.ts': good }, /exports sequence 1, but its file name says 2/],
    ['two files of one sequence', { 'v1.ts': good, 'v1_again.ts': good }, /same sequence as Users\/v1/],
    ['a misspelt export', { 'v1.ts': good.replace('adds', 'addds') }, /"addds".*"adds"/],
    [
      'a top level that throws, whose own error is shown with its cause and place',
      { 'v1.ts': `${good}\nthrow new TypeError('no such zone', { cause: new Error('no file') });` },
      /throws TypeError when it is loaded.*no such zone \(Users\/v1\.ts:3\); caused by Error: no file/,
    ],
    ['a top level that ends the process', { 'v1.ts': `${good} process.exit(0);` }, /calls process\.exit\(0\).*Users\/v1\.ts:2/],
    [
      'a top level that ends the process by an import',
      { 'v1.ts': `import { exit } from 'node:process'; ${good} exit(0);` },
      /calls process\.exit\(0\)/,
    ],
    ["the predecessor's functions", { 'v1.js': 'export const transformationNumber = 1;' }, /transformationNumber/],
    ['a capital V', { 'V1.ts': good }, /Users\/V1\.ts is not used/],
    ['a leading zero', { 'v01.ts': good }, /Users\/v01\.ts is not used/],
    ['a dash for the underscore', { 'v1-split.ts': good }, /Users\/v1-split\.ts is not used.*v3_split_name\.ts/],
    ['a number alone', { '1_split.ts': good }, /Users\/1_split\.ts is not used/],
  ])('are refused for %s', async (_, files, message) => {
    const { exitCode, document } = await offline(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [`Users/${name}`, text])),
      'Users',
    );

    expect(exitCode).toBe(1);
    expect(document.problems).toEqual([
      expect.objectContaining({ name: 'InvalidTransformation', message: expect.stringMatching(message) }),
    ]);
  });

  it('are told to people', async () => {
    const folder = await workingCopy({ 'Users/v1.ts': good, 'Users/v2.ts': good });
    const { exitCode, stdout, stderr } = await run(['--offline', '--transformations', folder]);

    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(stdout).toMatch(/^Users {2}files only\n/);
    expect(stdout).toMatch(/✗ v2 InvalidTransformation: .*\n {2}✗ 1 problem\n$/);
  });
});

describe('what is asked for wrongly', () => {
  it.each([
    [['--sample', '0'], /--sample.*from 1 to 10000/],
    [['--sample', 'many'], /--sample.*from 1 to 10000/],
    [['--sequence', '1'], /--sequence is about one table/],
    [['--table-name', 'x'], /--table-name is about one table/],
    [['--offline', '--full'], /--offline sends no request/],
    [['--write-units', '-1'], /--write-units.*above 0/],
    [['--prices', '/nowhere.json'], /no file "\/nowhere\.json"/],
    [['--prices', join(packageRoot, 'package.json')], /not valid \(asOf: /],
    [['--nothing'], /--nothing/],
  ])('%j exits with 2', async (args, message) => {
    const { exitCode, stdout, stderr } = await run(args);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('exits with 1 where there is no folder', async () => {
    expect(await run(['--offline', '--transformations', '/nowhere'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^NoTransformations: .*--transformations DIR/),
    });
  });
});

it('works from an installed package, with files that import it', async () => {
  const app = await mkdtemp(join(tmpdir(), 'dynamodt-app-'));
  try {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', app], {
      cwd: packageRoot,
    });
    const [{ filename }] = JSON.parse(stdout);
    await promisify(execFile)('tar', ['xzf', join(app, filename), '-C', app]);
    await mkdir(join(app, 'node_modules'));
    // Its dependencies, as npm would put them beside it.
    for (const name of await readdir(join(packageRoot, 'node_modules')))
      if (name !== 'dynamodt' && name !== '.bin') await symlink(join(packageRoot, 'node_modules', name), join(app, 'node_modules', name));
    await cp(join(app, 'package'), join(app, 'node_modules/dynamodt'), { recursive: true });
    await mkdir(join(app, 'transformations/Users'), { recursive: true });
    await writeFile(join(app, 'package.json'), '{"type": "module"}');
    await writeFile(
      join(app, 'transformations/Users/v1.ts'),
      good.replace('import type { Transform }', 'import { NumberValue, type Transform }').replace('a: 1', "a: NumberValue.from('1')"),
    );

    const { exitCode, stdout: text, stderr } = await run(['Users', '--offline'], join(app, 'node_modules/dynamodt/dist/cli/main.js'), app);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(text).toContain('✓ no problem found');
  } finally {
    await rm(app, { recursive: true, force: true });
  }
});
