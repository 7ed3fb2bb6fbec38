import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import * as z from 'zod';
import { packageRoot } from '../package-root.ts';

const shared = {
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node22',
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Builds the entries and the command:
 *
 * 1. Each entry as one CommonJS file, `<entry>.cjs`, for `require`. Its first line refuses a Node that is too old.
 * 2. For `import`, `dynamodt` itself, which transformation files import, as an ES module. Bundlers of a deploy keep of it only what is used.
 * 3. For `import`, the other entries as ES modules that export what the CommonJS file has, so that no process has two copies of them.
 * 4. The command and the scripts of child processes, as ES modules in chunks.
 * 5. Local AWS, with the scripts and the Java class that it starts beside it, and what unzips the code of a template.
 *
 * @returns what local AWS contains
 */
export async function buildEntries(dist: string): Promise<Metafile> {
  const { engines } = z
    .object({ engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')));
  const oldest = engines.node.replace('>=', '');
  const entry = (name: string): string => join(packageRoot, `${name}.ts`);
  const commonJs = { ...shared, format: 'cjs', outdir: dist, outExtension: { '.js': '.cjs' } } as const satisfies BuildOptions;
  const banner = { js: `${refuseOlder(oldest)}\nconst importMetaUrl = require('node:url').pathToFileURL(__filename).href;` };
  const define = { 'import.meta.url': 'importMetaUrl' };
  const [{ metafile }] = await Promise.all([
    build({
      ...shared,
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
    build({ ...commonJs, banner, define, entryPoints: ['index', 'testing', 'cdk'].map(entry) }),
    // `require` has to return the plugin itself.
    build({
      ...commonJs,
      banner,
      define,
      entryPoints: [entry('serverless')],
      external: ['dynamodt/cdk'],
      footer: { js: 'module.exports = module.exports.default;' },
    }),
    build({ ...shared, format: 'esm', outdir: dist, entryPoints: [entry('index')] }),
    build({
      ...shared,
      format: 'esm',
      outdir: dist,
      entryPoints: {
        'cli/command': join(packageRoot, 'cli/main.ts'),
        'cli/plan-worker': join(packageRoot, 'cli/plan/plan-worker.ts'),
        'infra/check-bundle': join(packageRoot, 'infra/build/check-bundle.ts'),
      },
      // Splitting keeps dynamic imports, such as that of the bundler, in separate files, which are loaded only when needed.
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
    }),
  ]);
  await copyFile(join(packageRoot, 'local/dynamodb/java/LoopbackServer.class'), join(dist, 'local/LoopbackServer.class'));
  await writeFile(join(dist, 'testing.js'), "export { check } from './testing.cjs';\n");
  await writeFile(join(dist, 'cdk.js'), "export { Dynamodt, propsFromConfig } from './cdk.cjs';\n");
  await writeFile(
    join(dist, 'serverless.js'),
    "import Plugin from './serverless.cjs';\nexport { Plugin as 'module.exports', Plugin as default };\n",
  );
  await writeFile(join(dist, 'cli/main.js'), `#!/usr/bin/env node\n${refuseOlder(oldest, 'exit')}\nimport('./command.js');\n`);
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

/** One line, in syntax that every Node reads, which says that this Node is older than the oldest supported one. */
function refuseOlder(oldest: string, how: 'throw' | 'exit' = 'throw'): string {
  const [major, minor] = oldest.split('.').map(Number);
  const text = `'Node ' + process.versions.node + ' is too old: dynamodt needs Node ${oldest} or newer.'`;
  const refuse = how === 'throw' ? `throw new Error(${text});` : `console.error(${text}); process.exit(1);`;
  return `(function (v) { if (v[0] < ${major} || (v[0] == ${major} && v[1] < ${minor})) { ${refuse} } })(process.versions.node.split('.').map(Number));`;
}
