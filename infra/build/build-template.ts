import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { type BuildResult, build, type Plugin } from 'esbuild';
import { packageRoot } from '../package-root.ts';

const cdk = join(packageRoot, 'node_modules/aws-cdk-lib');

/** Folders of the CDK from which it reads files when it defines our resources. */
const readAtSynth = ['custom-resources/lib/provider-framework/runtime', 'custom-resource-handlers/dist/aws-s3/auto-delete-objects-handler'];
const handlers = 'custom-resource-handlers/dist/core';

/**
 * Builds `template/write-template.cjs`, the construct together with the part of the AWS CDK that it uses: `dynamodt template` and `deploy` work
 * for who has no CDK, and 8 MB are bundled in place of 157 MB installed.
 *
 * 1. Write a template with every setting, and note the files of the CDK that are loaded.
 * 2. Bundle these. In the place of each other file is an error, which nobody should meet.
 * 3. Copy the folders that the CDK reads.
 *
 * The functions must be built.
 */
export async function buildTemplate(dist: string): Promise<BuildResult<{ metafile: true }>> {
  const loaded = await loadedFiles();
  const outfile = join(dist, 'template/write-template.cjs');
  const result = await build({
    entryPoints: [join(packageRoot, 'infra/template/write-template.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'warning',
    metafile: true,
    external: ['esbuild'],
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    plugins: [partOfCdk(loaded), ownCdk],
  });
  await Promise.all(
    [...readAtSynth, handlers].map((folder) => cp(join(cdk, folder), join(dist, 'template/cdk', folder), { recursive: true })),
  );
  return result;
}

async function loadedFiles(): Promise<Set<string>> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-trace-'));
  try {
    const script = join(packageRoot, 'infra/build/trace-template.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [script, folder], { maxBuffer: 10_000_000 });
    return new Set<string>(JSON.parse(stdout));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Leaves out files of the CDK that were not loaded, and tells the others where the copied folders are. */
function partOfCdk(loaded: ReadonlySet<string>): Plugin {
  return {
    name: 'part-of-cdk',
    setup: ({ onLoad }) => {
      onLoad({ filter: /[\\/]aws-cdk-lib[\\/].*\.(js|json)$/ }, async ({ path }) => {
        const file = relative(cdk, path).split('\\').join('/');
        if (!loaded.has(path))
          return { contents: `throw new Error('The bundled part of the AWS CDK lacks ${file}. Please report it.');`, loader: 'js' };
        if (path.endsWith('.json')) return undefined;
        const text = await readFile(path, 'utf8');
        return text.includes('__dirname')
          ? { contents: text.replaceAll('__dirname', `require('node:path').join(__dirname,'cdk','${dirname(file)}')`), loader: 'js' }
          : undefined;
      });
    },
  };
}

/** The bundle has its CDK, whatever the project has. */
const ownCdk: Plugin = {
  name: 'own-cdk',
  setup: ({ onLoad }) => {
    onLoad({ filter: /refuse-old-cdk\.ts$/ }, () => ({ contents: 'export function refuseOldCdk() {}', loader: 'ts' }));
  },
};
