import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage } from '../../infra/build/check-package.ts';
import { packageRoot } from '../../infra/package-root.ts';

const run = promisify(execFile);

/** A team's project with the packed package in it: what npm would install, beside links to dependencies that are installed already. */
export interface Project {
  folder: string;
  /** Of the package as it is installed. */
  root: string;
  /** Bytes to download. */
  packedBytes: number;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** Runs Node there. @throws Error with stdout and stderr */
  node(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<{ stdout: string; stderr: string }>;
  remove(): Promise<void>;
}

/**
 * Packs the package as it was built last, and installs it into a new folder.
 *
 * @param peers those that the project has; without a name it is not found there
 * @throws Error where the package was not built
 */
export async function installPackage(peers: readonly string[]): Promise<Project> {
  await checkPackage(packageRoot);
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-project-'));
  const root = join(folder, 'node_modules/dynamodt');
  await mkdir(root, { recursive: true });
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: packageRoot });
  const [archive = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const { size: packedBytes } = await stat(join(folder, archive));
  await run('tar', ['-xzf', join(folder, archive), '--strip-components', '1', '-C', root]);
  await rm(join(folder, archive));

  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), ...peers]) {
    const link = join(folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(packageRoot, 'node_modules', name), link);
  }
  return {
    folder,
    root,
    packedBytes,
    write: async (files) => {
      for (const [file, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, file)), { recursive: true });
        await writeFile(join(folder, file), text);
      }
    },
    node: (args, env = {}) =>
      run(process.execPath, [...args], {
        cwd: folder,
        env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], ...env },
        maxBuffer: 64 * 1024 * 1024,
      }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Where the types of Node and the compiler are. */
export const typescript = join(packageRoot, 'node_modules/typescript/bin/tsc');
/** The compiler of the oldest TypeScript that README names as supported. */
export const oldestTypescript = join(packageRoot, 'test/package/oldest/node_modules/typescript/bin/tsc');
