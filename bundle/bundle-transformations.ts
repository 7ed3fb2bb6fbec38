import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { type BuildFailure, build, type Loader, transform } from 'esbuild';
import type { CatalogFile, Manifest } from '../core/transformation/catalog.ts';
import { fileNamePattern } from '../core/transformation/check-exports.ts';
import { requireBanner } from './require-banner.ts';

/** Raised whenever the same source would get another checksum. */
const checksumAlgorithm = 1;

/**
 * Bundles `<sourceDir>/<Table>/v<n>*.ts` each into a module of its own under `outDir`, with a `manifest.json` beside them. A file that
 * does not compile is recorded with its problem and harms no other.
 */
export async function bundleTransformations(sourceDir: string, outDir: string): Promise<Manifest> {
  const tables: Record<string, CatalogFile[]> = {};
  for (const folder of await readdir(sourceDir, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    const names = (await readdir(join(sourceDir, folder.name))).filter((name) => fileNamePattern.test(name) && !name.endsWith('.d.ts'));
    const files = await Promise.all(names.map((name) => bundleFile(sourceDir, `${folder.name}/${name}`, outDir)));
    if (files.length > 0) tables[folder.name] = files.sort((a, b) => a.sequence - b.sequence);
  }
  const manifest = { tables };
  await mkdir(outDir, { recursive: true });
  await writeFile(join(outDir, 'manifest.json'), JSON.stringify(manifest, null, 2));
  return manifest;
}

/** By the package's own name, so that it is found from the sources as from the build. */
const packageRoot = dirname(createRequire(import.meta.url).resolve('dynamodt/package.json'));

/** The package's own entry: its source in this repository, its build where it is installed. */
const libraryEntry = [join(packageRoot, 'index.ts'), join(packageRoot, 'dist/index.js')].find(existsSync) ?? 'dynamodt';

async function bundleFile(sourceDir: string, file: string, outDir: string): Promise<CatalogFile> {
  const sequence = Number(fileNamePattern.exec(file.slice(file.lastIndexOf('/') + 1))?.[1]);
  const module = `${file.slice(0, -extname(file).length)}.mjs`;
  const source = resolve(sourceDir, file);
  try {
    const { metafile } = await build({
      entryPoints: [source],
      outfile: resolve(outDir, module),
      absWorkingDir: resolve(sourceDir),
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      banner: { js: requireBanner },
      alias: { dynamodt: libraryEntry },
      sourcemap: 'linked',
      sourcesContent: false,
      metafile: true,
      logLevel: 'silent',
    });
    await freeFromMachine(sourceDir, outDir, module);
    return { file, sequence, checksum: await checksumOf(resolve(sourceDir), source, Object.keys(metafile.inputs)), module };
  } catch (error) {
    return { file, sequence, checksum: `${checksumAlgorithm}:none`, problem: problemOf(error) };
  }
}

/** Lets the source map name files as if they lay beside the module: the same on every machine, so that only a change changes an asset. */
async function freeFromMachine(sourceDir: string, outDir: string, module: string): Promise<void> {
  const path = resolve(outDir, `${module}.map`);
  const map = JSON.parse(await readFile(path, 'utf8')) as { sources: string[] };
  const beside = (file: string): string =>
    relative(dirname(path), resolve(outDir, relative(resolve(sourceDir), resolve(dirname(path), file))));
  const sources = map.sources.map((file) => beside(file).split(sep).join('/'));
  await writeFile(path, JSON.stringify({ ...map, sources }));
}

/** Over the file and what it imports from the same folder tree, without types, comments and white space. Renaming the file changes nothing. */
async function checksumOf(root: string, entry: string, inputs: readonly string[]): Promise<string> {
  const own = resolve(entry);
  const imported = inputs
    .map((input) => resolve(root, input))
    .filter((path) => path !== own && path.startsWith(root + sep) && !path.includes(`${sep}node_modules${sep}`))
    .sort((a, b) => (relative(root, a) < relative(root, b) ? -1 : 1));
  const hash = createHash('sha256');
  for (const path of [own, ...imported]) {
    const { code } = await transform(await readFile(path, 'utf8'), {
      loader: loaderOf(path),
      minifyWhitespace: true,
      legalComments: 'none',
    });
    hash.update(path === own ? '' : relative(root, path).split(sep).join('/'));
    hash.update('\0').update(code).update('\0');
  }
  return `${checksumAlgorithm}:${hash.digest('hex').slice(0, 32)}`;
}

function loaderOf(path: string): Loader {
  return /\.[cm]?ts$/.test(path) ? 'ts' : path.endsWith('.json') ? 'json' : 'js';
}

function problemOf(error: unknown): string {
  const [first] = (error as Partial<BuildFailure>).errors ?? [];
  if (first && /^Could not resolve "dynamo-data-transform"/.test(first.text))
    return 'is written for dynamo-data-transform. Replace its function over the whole table by `export const transformUp = (item) => …`, called once for each item, and `transformationNumber` by `export const sequence = …`: see docs/coming-from-dynamo-data-transform.md';
  const place = first?.location ? ` (line ${first.location.line})` : '';
  return first ? `does not compile: ${first.text}${place}` : `does not compile: ${error instanceof Error ? error.message : String(error)}`;
}
