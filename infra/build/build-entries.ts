import { copyFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { packageRoot } from '../package-root.ts';
import { forInstalledPackage, refuseOlder } from './installed-package.ts';

/**
 * Builds the entries and local AWS:
 *
 * 1. Each entry as one CommonJS file, `<entry>.cjs`, for `require`. Its first line refuses a Node that is too old.
 * 2. For `import`, `dynamodt` itself, which transformation files import, and `dynamodt/item`, which applications import, as ES modules. Bundlers of a deploy
 *    keep of them only what is used.
 * 3. For `import`, the other entries as ES modules that export what the CommonJS file has, so that no process has two copies of them.
 * 4. Local AWS, with the scripts and the Java class that it starts beside it, and what unzips the code of a template.
 *
 * @returns what local AWS contains
 */
export async function buildEntries(dist: string): Promise<Metafile> {
  const entry = (name: string): string => join(packageRoot, `${name}.ts`);
  const commonJs = { ...forInstalledPackage, format: 'cjs', outdir: dist, outExtension: { '.js': '.cjs' } } as const satisfies BuildOptions;
  const banner = { js: `${await refuseOlder('throw')}\nconst importMetaUrl = require('node:url').pathToFileURL(__filename).href;` };
  const define = { 'import.meta.url': 'importMetaUrl' };
  const [{ metafile }] = await Promise.all([
    build({
      ...forInstalledPackage,
      format: 'esm',
      outdir: join(dist, 'local'),
      metafile: true,
      plugins: [withUnzip],
      // Builds the functions of this repository, which an installed package has.
      external: ['*/bundle-functions.ts'],
      entryPoints: {
        serve: join(packageRoot, 'local/serve.ts'),
        guard: join(packageRoot, 'local/dynamodb/guard.ts'),
        'describe-bundle': join(packageRoot, 'bundle/describe-bundle.ts'),
        'function-host': join(packageRoot, 'local/functions/function-host.ts'),
      },
    }),
    build({ ...commonJs, banner, define, entryPoints: ['index', 'testing', 'item', 'cdk'].map(entry) }),
    // `require` has to return the plugin itself.
    build({
      ...commonJs,
      banner,
      define,
      entryPoints: [entry('serverless')],
      external: ['dynamodt/cdk'],
      footer: { js: 'module.exports = module.exports.default;' },
    }),
    build({ ...forInstalledPackage, format: 'esm', outdir: dist, entryPoints: ['index', 'item'].map(entry) }),
  ]);
  await copyFile(join(packageRoot, 'local/dynamodb/java/LoopbackServer.class'), join(dist, 'local/LoopbackServer.class'));
  await writeFile(join(dist, 'testing.js'), "export { check } from './testing.cjs';\n");
  await writeFile(join(dist, 'cdk.js'), "export { Dynamodt, propsFromConfig } from './cdk.cjs';\n");
  await writeFile(
    join(dist, 'serverless.js'),
    "import Plugin from './serverless.cjs';\nexport { Plugin as 'module.exports', Plugin as default };\n",
  );
  return metafile;
}

/** Contains the one package that is no dependency: a team gets it only in bundles. */
const withUnzip: Plugin = {
  name: 'with-unzip',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^fflate$/ }, () => ({
      path: createRequire(import.meta.url)
        .resolve('fflate')
        .replace('lib/node.cjs', 'esm/index.mjs'),
    }));
  },
};
