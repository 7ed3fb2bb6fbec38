import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { type BuildFailure, build } from 'esbuild';
import type { CatalogFile, Manifest } from '../core/transformation/catalog.ts';
import { fileNamePattern } from '../core/transformation/check-exports.ts';
import { checksumAlgorithm, identifyCode } from './checksums.ts';
import { libraryEntry } from './library-entry.ts';
import { requireBanner } from './require-banner.ts';
import { squashedIn } from './squashed.ts';

/**
 * Bundles each `<sourceDir>/<Table>/v<n>*.ts` into a separate module under `outDir`, and writes `manifest.json` beside them. Beside each
 * module stands the text that a deploy keeps in the ledger. A file that does not compile is recorded with its problem; the other files are
 * bundled anyway.
 */
export async function bundleTransformations(sourceDir: string, outDir: string): Promise<Manifest> {
  const tables: Record<string, CatalogFile[]> = {};
  for (const folder of await readdir(sourceDir, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    const names = (await readdir(join(sourceDir, folder.name))).filter((name) => fileNamePattern.test(name) && !name.endsWith('.d.ts'));
    const files = await Promise.all(names.map((name) => bundleFile(sourceDir, `${folder.name}/${name}`, outDir)));
    if (files.length > 0) tables[folder.name] = files.sort((a, b) => a.sequence - b.sequence);
  }
  const squashed = await squashedIn(sourceDir, Object.keys(tables));
  const manifest: Manifest = { tables, ...(squashed ? { squashed } : {}) };
  await mkdir(outDir, { recursive: true });
  await writeFile(join(outDir, 'manifest.json'), JSON.stringify(manifest, null, 2));
  return manifest;
}

async function bundleFile(sourceDir: string, file: string, outDir: string): Promise<CatalogFile> {
  const sequence = Number(fileNamePattern.exec(file.slice(file.lastIndexOf('/') + 1))?.[1]);
  const path = file.slice(0, -extname(file).length);
  const [module, kept] = [`${path}.mjs`, `${path}.kept.mjs`];
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
    const code = await readFile(resolve(outDir, module), 'utf8');
    const bundled = { root: resolve(sourceDir), entry: source, library: libraryEntry, inputs: metafile.inputs, code };
    const [entry] = Object.values(metafile.outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
    const format = entry === undefined ? undefined : metafile.inputs[entry]?.format;
    const unfilled = isUnfilled(code) ? { isUnfilled: true } : {};
    const { checksums, bareCode } = await identifyCode(bundled);
    await writeFile(resolve(outDir, kept), bareCode);
    return { file, sequence, ...checksums, module, kept, ...(format ? { format } : {}), ...unfilled };
  } catch (error) {
    return { file, sequence, checksum: `${checksumAlgorithm}:none`, problem: problemOf(error) };
  }
}

/** Makes the paths in the source map relative to the module, so that they are equal on every machine and an asset changes only with its code. */
async function freeFromMachine(sourceDir: string, outDir: string, module: string): Promise<void> {
  const path = resolve(outDir, `${module}.map`);
  const map = JSON.parse(await readFile(path, 'utf8')) as { sources: string[] };
  const beside = (file: string): string =>
    relative(dirname(path), resolve(outDir, relative(resolve(sourceDir), resolve(dirname(path), file))));
  const sources = map.sources.map((file) => beside(file).split(sep).join('/'));
  await writeFile(path, JSON.stringify({ ...map, sources }));
}

/** As `dynamodt init` makes it: it adds nothing, and its function does nothing. Known by its text, as a file is not loaded for this. */
function isUnfilled(code: string): boolean {
  const exported = /^export \{([^}]*)\};?$/m.exec(code)?.[1]?.match(/\w+/g)?.sort().join();
  if (exported === 'adds,sequence,transformUp')
    return /^var adds = \[\];$/m.test(code) && /^var transformUp = \(\) => void 0;$/m.test(code);
  const bare = code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '').replace(/ \/\/.*$/gm, '');
  return /\bdefineTransformation\d*\(\)\(\{\s*sequence: \d+,\s*adds: \[\],\s*transformUp: \(\) => void 0\s*\}\)/.test(bare);
}

function problemOf(error: unknown): string {
  const [first] = (error as Partial<BuildFailure>).errors ?? [];
  if (first && /^Could not resolve "dynamo-data-transform"/.test(first.text))
    return 'is written for dynamo-data-transform. Replace its function over the whole table by `export const transformUp = (item) => …`, called once for each item, and `transformationNumber` by `export const sequence = …`: see node_modules/dynamodt/docs/coming-from-dynamo-data-transform.md';
  const place = first?.location ? ` (line ${first.location.line})` : '';
  return first ? `does not compile: ${first.text}${place}` : `does not compile: ${error instanceof Error ? error.message : String(error)}`;
}
