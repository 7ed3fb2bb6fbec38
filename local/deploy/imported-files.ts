import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';

/**
 * The files outside the team's folder that a bundle of it contains, by the source maps of its modules. Packages are left out: they change
 * only when they are installed.
 *
 * @param folder of the bundle
 * @param source the team's folder
 * @returns absolute paths
 */
export async function importedFiles(folder: string, source: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.map'));
  const sources = await Promise.all(names.map((name) => sourcesOf(name, folder, source)));
  const outside = sources.flat().filter((file) => !file.startsWith(source + sep) && !file.includes(`${sep}node_modules${sep}`));
  return [...new Set(outside)].sort();
}

/** A source map names files as if the bundle lay in the team's folder, so that it is the same on every machine. */
async function sourcesOf(map: string, folder: string, source: string): Promise<string[]> {
  const { sources } = JSON.parse(await readFile(join(folder, map), 'utf8')) as { sources: string[] };
  return sources.map((file) => resolve(source, dirname(map), file));
}
