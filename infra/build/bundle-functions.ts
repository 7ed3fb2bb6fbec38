import { readdir } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { requireBanner } from '../../bundle/require-banner.ts';
import { packageRoot } from '../package-root.ts';

/** Bundles each file of `functions/` with the SDK into `<outDir>/<name>.mjs`, which Lambda and local AWS run. @returns what each contains; paths begin at the repository */
export async function bundleFunctions(outDir: string, { sourcemap = true } = {}): Promise<Metafile> {
  const folder = join(packageRoot, 'functions');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ts'));
  const { metafile } = await build({
    absWorkingDir: packageRoot,
    metafile: true,
    entryPoints: files.map((name) => join(folder, name)),
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: requireBanner },
    sourcemap: sourcemap && 'linked',
    sourcesContent: false,
    // White space and syntax are minified, since most of a bundle is SDK code. Names and lines stay, so that stack traces in logs can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    plugins: [withoutLocales, httpAlone],
    logLevel: 'warning',
  });
  return metafile;
}

/** zod contains its messages in fifty languages. This keeps only the English ones in the bundles. */
const withoutLocales: Plugin = {
  name: 'without-locales',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.c?js$/ }, ({ path }) => ({
      contents: `export { default as en } from './en${extname(path)}';`,
      resolveDir: dirname(path),
    }));
  },
};

/** An `import` of node:http evaluates all its exports, and so loads undici for `WebSocket`. `require` does not, which saves 15 ms at a cold start. */
const httpAlone: Plugin = {
  name: 'http-alone',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^(node:)?https?$/ }, ({ path }) => ({
      path: path.replace('node:', ''),
      namespace: 'builtin',
      sideEffects: false,
    }));
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};
