import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileNamePattern } from '../../core/transformation/check-exports.ts';
import { UsageError } from '../usage-error.ts';
import { newTest, testCommand } from './new-test.ts';
import { type Language, newTransformation } from './new-transformation.ts';
import { type ProjectStyle, projectStyle } from './project-style.ts';
import { isFound, testPlaces } from './test-places.ts';

/** What `init` prints with `--json` for a table. Fields may be added, but not changed. */
export interface InitDocument {
  table: string;
  sequence: number;
  /** Paths of the files that were made: the transformation, and its test. */
  created: string[];
  /** Paths of files that existed already. They were not changed. */
  kept: string[];
  /** Left out if there is no package.json. */
  test?: {
    /** The command that runs the test alone. */
    command: string;
    /** False if the project's runner does not find the test in any folder of tests, so that its configuration has to name another. */
    found: boolean;
  };
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
  const style = await projectStyle(folder);
  const written = language ?? (newest ? languageOf(newest.name) : style.language);
  // Node itself reads a `.ts` file of a CommonJS package as CommonJS.
  const file = `v${sequence}.${style.isNodeAlone && !style.isModule ? 'm' : ''}${written}`;
  const document: InitDocument = { table, sequence, created: [], kept: [] };
  const transformation = join(folder, table, file);
  try {
    await mkdir(join(folder, table), { recursive: true });
    document[
      (await writeNew(transformation, newTransformation(table, sequence, written, isCommonJs(written, style)))) ? 'created' : 'kept'
    ].push(transformation);
    const test = await writeTest(folder, table, sequence, file, written, style);
    document[test.isNew ? 'created' : 'kept'].push(test.path);
    if (style.root !== undefined) document.test = { command: testCommand(relative(style.root, test.path), style), found: test.isFound };
  } catch (error) {
    throw new UsageError(
      `Nothing can be written to ${join(folder, table)} (${error instanceof Error ? error.message : error}). Name another folder with --transformations, or correct this one.`,
    );
  }
  return document;
}

function languageOf(name: string): Language {
  return /^\.[cm]?js$/.test(extname(name)) ? 'js' : 'ts';
}

/** JavaScript in a CommonJS package is compiled by vitest, but not by jest. */
function isCommonJs(language: Language, { runner, isModule }: ProjectStyle): boolean {
  return language === 'js' && runner === 'jest' && !isModule;
}

interface WrittenTest {
  path: string;
  isNew: boolean;
  isFound: boolean;
}

/** Writes the test into the first folder in which the project's runner finds it; if there is none, beside the transformation. */
async function writeTest(
  folder: string,
  table: string,
  sequence: number,
  file: string,
  language: Language,
  style: ProjectStyle,
): Promise<WrittenTest> {
  const extension = testExtension(language, style);
  const name = `v${sequence}.test.${extension}`;
  const write = async (place: string): Promise<Omit<WrittenTest, 'isFound'>> => {
    const path = join(place, name);
    await mkdir(place, { recursive: true });
    const imported = join(relative(place, join(folder, table)), importedName(file, extension, style))
      .split(sep)
      .join('/');
    const text = newTest(table, sequence, imported.startsWith('.') ? imported : `./${imported}`, style, isCommonJs(language, style));
    return { path, isNew: await writeNew(path, text) };
  };
  const places = testPlaces(folder, table, style);
  for (const place of places) {
    const test = await write(place);
    if (!test.isNew || (await isFound(test.path, style)) !== false) return { ...test, isFound: true };
    await rm(test.path);
  }
  return { ...(await write(join(folder, table))), isFound: false };
}

/** Node runs a test in JavaScript wherever the project's TypeScript would not compile it, or Node would not read it. */
function testExtension(language: Language, { root, runner, isModule, isNodeAlone, importOf, hasNodeTypes }: ProjectStyle): string {
  if (root === undefined || (runner !== undefined && runner !== 'node:test')) return language;
  if (language === 'js') return isModule ? 'js' : 'mjs';
  return hasNodeTypes && (!isNodeAlone || (isModule && importOf === '.ts')) ? 'ts' : 'mjs';
}

function importedName(file: string, testExtension: string, { importOf, runner }: ProjectStyle): string {
  const isScript = extname(file).endsWith('js');
  if (testExtension === 'mjs' || importOf === '.ts') return file;
  if (isScript) return runner === 'jest' ? file.slice(0, -extname(file).length) : file;
  return file.slice(0, -extname(file).length) + importOf;
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
