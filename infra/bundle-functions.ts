import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from './package-root.ts';

/** ESM bundles that contain CommonJS dependencies need a `require`. */
export const requireBanner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

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
