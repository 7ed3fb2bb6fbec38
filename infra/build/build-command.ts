import { chmod, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { packageRoot } from '../package-root.ts';
import { forInstalledPackage, refuseOlder } from './installed-package.ts';

/**
 * Builds the command and the scripts of its child processes into `dist`, as ES modules in chunks. They contain zod, which is a hundred files
 * otherwise: to load those takes a fifth of the time of a short command.
 *
 * @returns what the files contain; paths begin at the repository
 */
export async function buildCommand(dist: string): Promise<Metafile> {
  await Promise.all(['chunks', 'cli'].map((folder) => rm(join(dist, folder), { recursive: true, force: true })));
  const { metafile } = await build({
    ...forInstalledPackage,
    absWorkingDir: packageRoot,
    metafile: true,
    format: 'esm',
    outdir: dist,
    entryPoints: {
      'cli/command': join(packageRoot, 'cli/main.ts'),
      'cli/plan-worker': join(packageRoot, 'cli/plan/plan-worker.ts'),
      'infra/check-bundle': join(packageRoot, 'infra/build/check-bundle.ts'),
    },
    alias: { zod: join(dirname(createRequire(import.meta.url).resolve('zod/package.json')), 'index.js') },
    // Splitting keeps dynamic imports, such as that of the bundler, in separate files, which are loaded only when needed.
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
  const main = join(dist, 'cli/main.js');
  await writeFile(main, `#!/usr/bin/env node\n${await refuseOlder('exit')}\nimport('./command.js');\n`);
  await chmod(main, 0o755);
  return metafile;
}
