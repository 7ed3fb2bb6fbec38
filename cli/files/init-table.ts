import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileNamePattern } from '../../core/transformation/check-exports.ts';
import { UsageError } from '../usage-error.ts';
import { type Language, newTest, newTransformation } from './new-transformation.ts';

/** What `init` prints with `--json` for a table. Fields may be added, but not changed. */
export interface InitDocument {
  table: string;
  sequence: number;
  /** Paths of the files that were made: the transformation, and its test. */
  created: string[];
  /** Paths of files that existed already. They were not changed. */
  kept: string[];
}

/**
 * Creates the file of the next version of a table, and its test. Never overwrites a file.
 *
 * @param folder of all transformations; it is created if it does not exist
 * @param language if left out, the language of the newest version there, or TypeScript
 * @param taken the highest number that is in use elsewhere: the new one is above it
 * @throws UsageError if the name cannot be that of a folder, or the folder cannot be written
 */
export async function initTable(folder: string, table: string, language?: Language, taken = 0): Promise<InitDocument> {
  if (!/^(?!\.+$)[\w.-]+$/.test(table))
    throw new UsageError(
      `"${table}" cannot be the name of a table's folder. It takes letters, digits, "_", "-" and ".", as in \`dynamodt init Users\`.`,
    );
  const names = await versionFiles(folder, table);
  const newest = names.at(-1);
  const sequence = Math.max(taken, newest?.sequence ?? 0) + 1;
  const extension = language ?? (newest && /^\.[cm]?js$/.test(extname(newest.name)) ? 'js' : 'ts');
  const file = `v${sequence}.${extension}`;
  const texts = [
    { path: join(folder, table, file), text: newTransformation(table, sequence, extension) },
    { path: join(folder, table, `v${sequence}.test.${extension}`), text: newTest(table, sequence, file) },
  ];
  const document: InitDocument = { table, sequence, created: [], kept: [] };
  try {
    await mkdir(join(folder, table), { recursive: true });
    for (const { path, text } of texts) document[(await writeNew(path, text)) ? 'created' : 'kept'].push(path);
  } catch (error) {
    throw new UsageError(
      `Nothing can be written to ${join(folder, table)} (${error instanceof Error ? error.message : error}). Name another folder with --transformations, or correct this one.`,
    );
  }
  return document;
}

/** The versions that a table has in a folder, in the order of their sequences; empty if the table has no folder. */
export async function versionFiles(folder: string, table: string): Promise<{ name: string; sequence: number }[]> {
  const names = await readdir(join(folder, table)).catch(emptyWhereMissing);
  return names
    .flatMap((name) => {
      const sequence = Number(fileNamePattern.exec(name)?.[1]);
      return Number.isNaN(sequence) ? [] : [{ name, sequence }];
    })
    .sort((a, b) => a.sequence - b.sequence);
}

/** @returns false if the file exists already */
async function writeNew(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function emptyWhereMissing(error: unknown): string[] {
  if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return [];
  throw error;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
