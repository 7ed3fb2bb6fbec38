import { execFile } from 'node:child_process';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { packageRoot } from '../package-root.ts';
import { bundleFunctions } from './bundle-functions.ts';
import { checkPackage } from './check-package.ts';
import { noticeOf } from './notice.ts';

/** `npm run build`: builds the functions, the library, the command, the types and the notice of bundled code into `dist/`, and checks that they are there. */
async function buildPackage(): Promise<void> {
  const dist = join(packageRoot, 'dist');
  await rm(dist, { recursive: true, force: true });
  const [functions] = await Promise.all([
    bundleFunctions(join(dist, 'functions')),
    build({
      entryPoints: {
        index: join(packageRoot, 'index.ts'),
        testing: join(packageRoot, 'testing.ts'),
        cdk: join(packageRoot, 'cdk.ts'),
        serverless: join(packageRoot, 'serverless.ts'),
        'infra/check-bundle': join(packageRoot, 'infra/build/check-bundle.ts'),
        'cli/main': join(packageRoot, 'cli/main.ts'),
        'cli/plan-worker': join(packageRoot, 'cli/plan/plan-worker.ts'),
      },
      outdir: dist,
      bundle: true,
      packages: 'external',
      platform: 'node',
      target: 'node22',
      format: 'esm',
      // Splitting keeps dynamic imports, such as that of the bundler, in separate files, which are loaded only when needed.
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      logLevel: 'warning',
    }),
    promisify(execFile)(process.execPath, [
      join(packageRoot, 'node_modules/typescript/bin/tsc'),
      '-p',
      join(packageRoot, 'tsconfig.types.json'),
    ]),
  ]);
  await writeFile(join(dist, 'NOTICE.txt'), await noticeOf(functions, packageRoot));
  await chmod(join(dist, 'cli/main.js'), 0o755);
  await checkPackage(packageRoot);
}

await buildPackage();
