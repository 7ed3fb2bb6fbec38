import { readdir } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { requireBanner } from '../../bundle/require-banner.ts';
import { packageRoot } from '../package-root.ts';

/**
 * Bundles each file of `functions/` with the SDK into `<outDir>/<name>.mjs`, which Lambda and local AWS run.
 *
 * @param options.splitting puts what functions share into files beside them. A function in Lambda is one file, but this takes a third of the time.
 * @returns what each contains; paths begin at the repository
 */
export async function bundleFunctions(outDir: string, { sourcemap = true, splitting = false } = {}): Promise<Metafile> {
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
    // ES modules, of which unused exports are left out: the SDK's clients name them by this field.
    mainFields: ['module', 'main'],
    target: 'node24',
    format: 'esm',
    banner: { js: requireBanner },
    splitting,
    sourcemap: sourcemap && 'linked',
    sourcesContent: false,
    // White space and syntax are minified, since most of a bundle is SDK code. Names and lines stay, so that stack traces in logs can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 160,
    plugins: [withoutLocales, usedBuiltins],
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

/**
 * An `import` of a module of Node evaluates all its exports: that of node:http loads undici for `WebSocket`, that of node:fs its streams. This
 * evaluates only those that are used, which saves about 20 ms at a cold start.
 */
const usedBuiltins: Plugin = {
  name: 'used-builtins',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: new RegExp(`^(node:)?(${builtinModules.join('|')})$`) }, ({ path, kind }) => ({
      path: path.replace('node:', ''),
      namespace: kind === 'import-statement' ? 'imported' : 'required',
      sideEffects: false,
    }));
    onLoad({ filter: /.*/, namespace: 'required' }, ({ path }) => ({ contents: `module.exports = ${builtin(path)};` }));
    onLoad({ filter: /.*/, namespace: 'imported' }, ({ path }) => ({
      contents: [`const builtin = ${builtin(path)};`, 'export default builtin;', ...exportsOf(path)].join('\n'),
    }));
  },
};

function builtin(path: string): string {
  return `process.getBuiltinModule('node:${path}')`;
}

/** Each export as a call without side effects, which is removed if the export is not used. */
function exportsOf(path: string): string[] {
  const names = Object.getOwnPropertyNames(process.getBuiltinModule(`node:${path}`)).filter((name) => name !== 'default');
  return [
    'const get = (name) => builtin[name];',
    ...names.map((name, index) => `const e${index} = /* @__PURE__ */ get('${name}'); export { e${index} as ${name} };`),
  ];
}
