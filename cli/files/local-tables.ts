import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleTransformations } from '../../bundle/bundle-transformations.ts';
import { misnamedFiles } from '../../bundle/misnamed-files.ts';
import { RunError } from '../../core/errors.ts';
import { ownValue } from '../../core/own-value.ts';
import type { LocalFile } from '../../core/plan/local-file.ts';
import type { Finding } from '../../core/plan/table-plan.ts';
import type { CatalogFile } from '../../core/transformation/catalog.ts';
import { loadTransformation } from '../../core/transformation/load-transformation.ts';

/** The folder of one table. */
export interface LocalTable {
  table: string;
  /** The versions, in the order of their sequences. */
  files: LocalFile[];
  /** Files that are named almost like a version (`v03.ts`), and are not used. */
  misnamed: Finding[];
}

/**
 * Bundles the team's folder as a deploy does, loads the bundles, calls `use` with them, and removes the bundles afterwards.
 *
 * @throws RunError NoTransformations if there is no such folder
 */
export async function withLocalTables<T>(folder: string, use: (tables: LocalTable[]) => Promise<T>): Promise<T> {
  const names = await tableFolders(folder);
  // With a source map, a failure names the line of the team's file, not of the bundle. Node reports the real path of a file.
  process.setSourceMapsEnabled(true);
  const bundles = await realpath(await mkdtemp(join(tmpdir(), 'dynamodt-files-')));
  try {
    const manifest = await bundleTransformations(folder, bundles);
    const tables: LocalTable[] = [];
    for (const table of names) {
      const misnamed = (await misnamedFiles(folder, table)).map((name) => misnamedFile(`${table}/${name}`));
      const entries = ownValue(manifest.tables, table) ?? [];
      const files = await Promise.all(entries.map((entry) => load(entry, bundles)));
      if (files.length > 0 || misnamed.length > 0) tables.push({ table, files, misnamed });
    }
    return await use(tables);
  } finally {
    await rm(bundles, { recursive: true, force: true });
  }
}

async function tableFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (!entries)
    throw new RunError(
      'NoTransformations',
      `There is no folder "${folder}". Run the command where your transformations/ folder is, or name it with --transformations DIR.`,
    );
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

async function load(entry: CatalogFile, bundles: string): Promise<LocalFile> {
  const { file, sequence, checksum } = entry;
  try {
    const transformation = await loadTransformation(entry, (module) => import(pathToFileURL(join(bundles, module)).href));
    return { file, sequence, checksum, transformation };
  } catch (error) {
    if (error instanceof RunError) return { file, sequence, checksum, problem: error };
    throw error;
  }
}

function misnamedFile(file: string): Finding {
  return {
    name: 'InvalidTransformation',
    message: `The file ${file} is not used: its name is not the name of a version. Name it like v3.ts or v3_split_name.ts (no leading zero, words joined by _ or -), or move it elsewhere.`,
  };
}
