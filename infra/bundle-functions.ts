import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { requireBanner } from '../bundle/require-banner.ts';
import { packageRoot } from './package-root.ts';

/** Bundles each file of `functions/` with the SDK into `<outDir>/<name>.mjs`: what Lambda runs, and what local AWS runs. */
export const bundleFunctions = async (outDir: string): Promise<void> => {
  const folder = join(packageRoot, 'functions');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
  await build({
    entryPoints: files.map((name) => join(folder, name)),
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: requireBanner },
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  });
};
