import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNamePattern } from '../core/transformation/check-exports.ts';

/** Begins as a version's name does: `V3.ts`, `v03.ts`, `3_split.ts`, `v3-split.ts`. Tests and type declarations beside a version are none. */
const looksLikeVersion = /^v?[\s._-]?\d.*\.[cm]?[jt]sx?$/i;
const besides = /\.(test|spec|d)\.[cm]?[jt]sx?$/i;

/** Files in a table's folder that a deploy would pass over, though they look like transformations; by their names in the folder. */
export async function misnamedFiles(sourceDir: string, table: string): Promise<string[]> {
  const names = await readdir(join(sourceDir, table));
  return names.filter((name) => looksLikeVersion.test(name) && !besides.test(name) && !fileNamePattern.test(name)).sort();
}
