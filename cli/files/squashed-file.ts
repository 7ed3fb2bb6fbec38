import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseSquashed, squashedFile } from '../../bundle/squashed.ts';

/** The squashed versions of a table by the file in the team's folder; empty if there is none. */
export async function readSquashed(folder: string, table: string): Promise<number[]> {
  const text = await readFile(join(folder, table, squashedFile), 'utf8').catch(() => undefined);
  return text === undefined ? [] : parseSquashed(text, `${table}/${squashedFile}`);
}

/** Adds versions to the file. @returns its path */
export async function keepSquashed(folder: string, table: string, sequences: readonly number[]): Promise<string> {
  const path = join(folder, table, squashedFile);
  const all = [...new Set([...(await readSquashed(folder, table)), ...sequences])].sort((a, b) => a - b);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify({ versions: all })}\n`);
  return path;
}
