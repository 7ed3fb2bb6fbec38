import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ReportTable } from '../section.ts';
import { compareFigures, type Figures } from './compare-figures.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
/** Folders with packages; a revision with the same lock file uses those of this one. */
const packageFolders = ['node_modules', 'reference/node_modules', 'test/package/oldest/node_modules'];

/**
 * Runs parts of the bench in another revision and in the working tree, in turn, so that both meet the same load of the machine.
 *
 * @param ref a commit, branch or tag
 * @param rounds how often each of the two runs
 */
export async function compareRevisions(parts: readonly string[], ref: string, rounds: number): Promise<ReportTable[]> {
  const commit = await git('rev-parse', '--short', `${ref}^{commit}`).catch(() => {
    throw new Error(`git knows no revision "${ref}". Name a commit, a branch or a tag that is in this clone.`);
  });
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-bench-'));
  const other = join(folder, 'revision');
  try {
    await git('worktree', 'add', '--detach', other, commit);
    await install(other);
    const [before, now]: [Figures[], Figures[]] = [[], []];
    for (let round = 1; round <= rounds; round++)
      for (const [at, figures] of [
        [other, before],
        [root, now],
      ] as const) {
        console.error(`bench: round ${round} of ${rounds}, ${at === root ? 'working tree' : commit} …`);
        figures.push(await figuresOf(at, parts, join(folder, 'report')));
      }
    return parts.map((part) => tableOf(part, commit, before, now));
  } finally {
    await git('worktree', 'remove', '--force', other).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

async function git(...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: root })).stdout.trim();
}

async function install(other: string): Promise<void> {
  const [ours, theirs] = await Promise.all([root, other].map((at) => readFile(join(at, 'package-lock.json'), 'utf8')));
  if (ours !== theirs) return void (await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: other, maxBuffer: 2 ** 24 }));
  for (const name of packageFolders)
    if (existsSync(join(root, name)) && existsSync(dirname(join(other, name)))) await symlink(join(root, name), join(other, name));
  await run('npm', ['run', 'build'], { cwd: other, maxBuffer: 2 ** 24 });
}

/** A missed target is no error here. */
async function figuresOf(at: string, parts: readonly string[], out: string): Promise<Figures> {
  await rm(out, { recursive: true, force: true });
  const failed = await run(process.execPath, [join(at, 'bench/main.ts'), ...parts, '--out', out], { cwd: at, maxBuffer: 2 ** 26 }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!existsSync(join(out, 'bench.json'))) throw failed;
  const { sections } = JSON.parse(await readFile(join(out, 'bench.json'), 'utf8'));
  return Object.fromEntries(parts.map((part) => [part, sections[part]?.figures]));
}

function tableOf(part: string, commit: string, before: readonly Figures[], now: readonly Figures[]): ReportTable {
  const compared = compareFigures(
    before.map((figures) => figures[part]),
    now.map((figures) => figures[part]),
  );
  return {
    columns: [part, commit, 'working tree', 'ratio'],
    rows:
      compared.length === 0
        ? [['no figure differs', '', '', '']]
        : compared.map(({ name, before: a, now: b, ratio }) => [name, inWords(a), inWords(b), `${ratio.toFixed(2)} ×`]),
  };
}

function inWords({ median, min, max }: { median: number; min: number; max: number }): string {
  const [middle, low, high] = [median, min, max].map((value) =>
    Number(value.toPrecision(4)).toLocaleString('en', { maximumFractionDigits: 6 }),
  );
  return `${middle} (${low} to ${high})`;
}
