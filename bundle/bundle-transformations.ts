import { existsSync } from 'node:fs';
import { mkdir, readdir, realpath, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { CatalogFile, Manifest } from '../core/transformation/catalog.ts';
import { fileNamePattern } from '../core/transformation/check-exports.ts';
import { bundleFile } from './bundle-file.ts';
import { squashedIn } from './squashed.ts';
import { tableFolders, type UnusedFile, unusedFiles } from './unused-files.ts';

/** The bundles of a folder of transformations. */
export interface BundledFolder extends Manifest {
  /** Files that are not in it. */
  unused: UnusedFile[];
}

/**
 * Bundles each `<sourceDir>/<Table>/v<n>*.ts` into a separate module under `outDir`, and writes `manifest.json` beside them. Beside each
 * module stands the text that a deploy keeps in the ledger. A file that does not compile is recorded with its problem; the other files are
 * bundled anyway.
 */
export async function bundleTransformations(sourceDir: string, outDir: string): Promise<BundledFolder> {
  // The bundler names files without links.
  const root = await realpath(sourceDir);
  const tables: Record<string, CatalogFile[]> = {};
  for (const folder of await tableFolders(root)) {
    const names = await versionsIn(join(root, folder));
    const files = await Promise.all(
      names.map((name, index) => bundleFile(root, `${folder}/${name}`, outDir, twinIn(names.slice(0, index), name))),
    );
    if (files.length > 0) tables[folder] = files.sort((a, b) => a.sequence - b.sequence);
  }
  const squashed = await squashedIn(root, Object.keys(tables));
  const manifest: Manifest = { tables, ...(squashed ? { squashed } : {}) };
  await mkdir(outDir, { recursive: true });
  await writeFile(join(outDir, 'manifest.json'), JSON.stringify(manifest, null, 2));
  return { ...manifest, unused: await unusedFiles(root, tables) };
}

/** `v1.mts` beside `v1.ts`: both would be bundled into one module. */
function twinIn(names: readonly string[], name: string): string | undefined {
  const stem = (of: string): string => of.slice(0, -extname(of).length);
  return names.find((other) => stem(other) === stem(name));
}

/** A dead link is no version; {@link unusedFiles} names it. */
async function versionsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => fileNamePattern.test(name) && existsSync(join(folder, name))).sort();
}
