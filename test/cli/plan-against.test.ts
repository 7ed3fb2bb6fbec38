import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import { adding } from '../support/numbered-items.ts';

/** A pull request is compared with the main branch: files only, without AWS. */

const gitOptions = [
  '-c',
  'user.name=test',
  '-c',
  'user.email=test@example.com',
  '-c',
  'init.defaultBranch=main',
  '-c',
  'commit.gpgsign=false',
];
const shared = `export const half = (n: number): number => n / 2;`;
let root: string;
let repository: string;

async function git(...args: string[]) {
  await promisify(execFile)('git', [...gitOptions, ...args], { cwd: repository });
}

async function write(files: Record<string, string | undefined>) {
  for (const [file, text] of Object.entries(files)) {
    const path = join(repository, 'app', file);
    await mkdir(dirname(path), { recursive: true });
    await (text === undefined ? rm(path) : writeFile(path, text));
  }
}

async function plan(args: readonly string[], { cwd = join(repository, 'app'), path = process.env['PATH'] } = {}) {
  const child = spawn(process.execPath, [join(packageRoot, 'dist/cli/main.js'), 'plan', '--json', ...args], {
    cwd,
    env: { PATH: path, HOME: '/nowhere', NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], AWS_ENDPOINT_URL: 'http://127.0.0.1:1' },
  });
  let stdout = '';
  child.stdout.on('data', (text) => (stdout += text));
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, document: JSON.parse(stdout) };
}

/** What the plan finds on a branch of its own. */
async function found(files: Record<string, string | undefined>) {
  await git('checkout', '--quiet', '-B', 'feature', 'main');
  await write(files);
  try {
    const { exitCode, document } = await plan(['Users', '--offline', '--against', 'main']);
    const named = (findings: { name: string; sequence?: number; message: string }[]) =>
      findings.map(({ name, sequence, message }) => ({ is: `${name} v${sequence}`, message }));
    return { exitCode, problems: named(document.problems), notes: named(document.notes).filter(({ is }) => !is.startsWith('Gap')) };
  } finally {
    await git('checkout', '--quiet', '--force', 'main');
    await git('clean', '--quiet', '--force', '-d');
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dynamodt-against-'));
  repository = join(root, 'repository');
  await mkdir(join(repository, 'app'), { recursive: true });
  await git('init', '--quiet');
  await symlink(join(packageRoot, 'node_modules'), join(repository, 'app/node_modules'));
  await writeFile(join(repository, '.gitignore'), 'node_modules\n');
  await write({
    'src/half.ts': shared,
    'transformations/Users/v1.ts': adding(1, 'once'),
    'transformations/Users/v2_half.ts': `import { half } from '../../src/half.ts';\n${adding(2, 'halved', 'half(item.n)')}`,
    'transformations/Users/v5_five.ts': adding(5, 'five'),
  });
  await git('add', '--all');
  await git('commit', '--quiet', '-m', 'main');
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

describe('files against those of the main branch', () => {
  it('are fine if they are the same, formatted otherwise, or new with a higher number', async () => {
    expect(
      await found({
        'transformations/Users/v1.ts': `// said better\n\n${adding(1, 'once').replace('(item)', '(item: any)')}`,
        'transformations/Users/v6.ts': adding(6, 'six'),
      }),
    ).toEqual({ exitCode: 0, problems: [], notes: [] });
  });

  it('must not use a number that has another name there', async () => {
    const { exitCode, problems } = await found({
      'transformations/Users/v5_five.ts': undefined,
      'transformations/Users/v5_other.ts': adding(5, 'other'),
    });

    expect(exitCode).toBe(1);
    expect(problems).toEqual([
      {
        is: 'SequenceTaken v5',
        message:
          'The number 5 of Users/v5_other.ts is that of Users/v5_five.ts in main. Where that is applied, Users/v5_other.ts would never run. Give it the number 6.',
      },
    ]);
  });

  it('must not have a new number below the newest there', async () => {
    const { exitCode, problems } = await found({ 'transformations/Users/v4_late.ts': adding(4, 'late') });

    expect(exitCode).toBe(1);
    expect(problems).toEqual([{ is: 'OutOfOrder v4', message: expect.stringContaining('main has v5 already') }]);
    expect(problems[0]?.message).toContain('the number 6');
  });

  it('are noted if they changed, also by what they import, or are gone', async () => {
    const { exitCode, problems, notes } = await found({
      'transformations/Users/v1.ts': adding(1, 'once', '2 * item.n'),
      'src/half.ts': shared.replace('/ 2', '* 0.5'),
      'transformations/Users/v5_five.ts': undefined,
    });

    expect({ exitCode, problems }).toEqual({ exitCode: 0, problems: [] });
    expect(notes.map(({ is }) => is)).toEqual(['ChecksumMismatch v1', 'ChecksumMismatch v2', 'MissingTransformation v5']);
  });

  it('may be a table that is not there yet', async () => {
    await git('checkout', '--quiet', '-B', 'feature', 'main');
    await write({ 'transformations/Orders/v1.ts': adding(1, 'once') });

    expect(await plan(['--offline', '--against', 'main'])).toMatchObject({
      exitCode: 0,
      document: [{ table: 'Orders' }, { table: 'Users' }],
    });

    await git('checkout', '--quiet', '--force', 'main');
    await git('clean', '--quiet', '--force', '-d');
  });

  it('leave repository and working copy as they are', async () => {
    const state = async () => (await promisify(execFile)('git', ['status', '--porcelain'], { cwd: repository })).stdout;
    const before = await state();

    await plan(['--offline', '--against', 'main']);

    expect(await state()).toBe(before);
  });
});

describe('what cannot be compared is said', () => {
  it.each([
    ['a branch that is not fetched', ['--offline', '--against', 'origin/main'], 'git fetch --depth=1 origin main:refs/remotes/origin/main'],
    ['an option in place of a branch', ['--offline', '--against', '--upload-pack=x'], 'takes a branch, a tag or a commit'],
    ['a plan with AWS', ['--against', 'main'], 'Give --offline too'],
  ])('%s', async (_, args, message) => {
    expect(await plan(args)).toMatchObject({
      exitCode: 2,
      document: { error: { name: 'InvalidInput', message: expect.stringContaining(message) } },
    });
  });

  it('a shallow clone', async () => {
    const clone = join(root, 'shallow');
    await git('clone', '--quiet', '--depth=1', '--branch=main', `file://${repository}`, clone);

    expect(await plan(['--offline', '--against', 'main~1'], { cwd: join(clone, 'app') })).toMatchObject({
      exitCode: 2,
      document: { error: { message: expect.stringContaining('The clone is shallow') } },
    });
  });

  it('a computer without git, and a folder without a repository', async () => {
    expect(await plan(['--offline', '--against', 'main'], { path: join(root, 'nothing') })).toMatchObject({
      exitCode: 2,
      document: { error: { message: expect.stringContaining('no program "git"') } },
    });
    const folder = join(root, 'alone');
    await mkdir(join(folder, 'transformations/Users'), { recursive: true });
    await writeFile(join(folder, 'transformations/Users/v1.ts'), adding(1, 'once'));
    expect(await plan(['--offline', '--against', 'main'], { cwd: folder })).toMatchObject({
      exitCode: 2,
      document: { error: { message: expect.stringContaining('in no git repository') } },
    });
  });
});
