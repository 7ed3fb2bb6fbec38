import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { bundleTransformations } from '../../bundle/bundle-transformations.ts';
import type { Manifest } from '../../core/transformation/catalog.ts';
import { UsageError } from '../usage-error.ts';

const run = promisify(execFile);

/**
 * The transformation files of another branch, tag or commit, with their checksums. Nothing is changed in the repository or in the working
 * copy: the files are checked out into a temporary folder, by an index of their own, and bundled there as a deploy does it.
 *
 * @param folder of the transformations in the working copy
 * @param ref `origin/main`
 * @throws UsageError: if there is no git, no repository, or no such ref
 */
export async function filesOfRef(folder: string, ref: string): Promise<Manifest['tables']> {
  const here = await realpath(folder).catch(() => resolve(folder));
  const root = await rootOf(dirname(here));
  await refuseUnknownRef(root, ref);
  const work = await realpath(await mkdtemp(join(tmpdir(), 'dynamodt-ref-')));
  try {
    const tree = join(work, 'tree');
    const environment = { ...process.env, GIT_INDEX_FILE: join(work, 'index') };
    await mkdir(tree);
    await git(root, ['read-tree', `${ref}^{commit}`], environment);
    await git(root, ['checkout-index', '--all', '--force', `--prefix=${tree}/`], environment);
    const there = join(tree, relative(root, here));
    if (!existsSync(there)) return {};
    await linkPackages(root, dirname(here), tree);
    await mkdir(join(work, 'bundles'));
    const { tables } = await bundleTransformations(there, join(work, 'bundles'));
    return tables;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The top folder of the repository. */
async function rootOf(folder: string): Promise<string> {
  try {
    return (await git(folder, ['rev-parse', '--show-toplevel'])).trim();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--against compares with another branch, and "${folder}" is in no git repository. Run it in a clone.`);
  }
}

async function refuseUnknownRef(root: string, ref: string): Promise<void> {
  try {
    await git(root, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`]);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const shallow = (await git(root, ['rev-parse', '--is-shallow-repository']).catch(() => '')).trim() === 'true';
    const branch = ref.replace(/^(?:refs\/remotes\/)?origin\//, '');
    throw new UsageError(
      `git knows no branch, tag or commit "${ref}" here. ${shallow ? 'The clone is shallow and has only what was checked out' : 'It may not be fetched'}: \`git fetch --depth=1 origin ${branch}:refs/remotes/origin/${branch}\`, then --against origin/${branch}.`,
    );
  }
}

/** So that imports of packages can be resolved, as in the working copy. */
async function linkPackages(root: string, from: string, tree: string): Promise<void> {
  for (let folder = from; ; folder = dirname(folder)) {
    const packages = join(folder, 'node_modules');
    const link = join(tree, relative(root, packages));
    if (existsSync(packages) && !(await isThere(link))) {
      await mkdir(dirname(link), { recursive: true });
      await symlink(packages, link, 'junction');
    }
    if (folder === root || folder === dirname(folder)) return;
  }
}

async function isThere(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => undefined)) !== undefined;
}

/** 64 MB are enough for the messages of git: the files themselves go to the disk. */
const maxBuffer = 64 * 1024 * 1024;

async function git(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  try {
    return (await run('git', args, { cwd, env, maxBuffer })).stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new UsageError('--against needs git, and there is no program "git" in the PATH. Install it, or leave --against out.');
    throw error;
  }
}
