import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNamePattern } from '../core/transformation/check-exports.ts';

/** Names that start like the name of a version: `V3.ts`, `v03.ts`, `3_split.ts`, `v3-split.ts`. Tests and type declarations do not match. */
const looksLikeVersion = /^v?[\s._-]?\d.*\.[cm]?[jt]sx?$/i;
const besides = /\.(test|spec|d)\.[cm]?[jt]sx?$/i;

/** Names of files in a table's folder that look like transformations, but that a deploy would ignore. */
export async function misnamedFiles(sourceDir: string, table: string): Promise<string[]> {
  const names = await readdir(join(sourceDir, table));
  return names.filter((name) => looksLikeVersion.test(name) && !besides.test(name) && !fileNamePattern.test(name)).sort();
}
