import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CatalogFile } from '../core/transformation/catalog.ts';
import { fileNamePattern } from '../core/transformation/check-exports.ts';
import { pathFrom } from './input-files.ts';
import { squashedFile } from './squashed.ts';

/** A file in the folder of transformations that looks like a version, or is meant to be one, and that a deploy would leave out. */
export interface UnusedFile {
  /** `Users/v03.ts` */
  file: string;
  message: string;
  /** True if a version would be missing; false if it is only to be known. */
  isProblem: boolean;
}

/** `V3.ts`, `v03.ts`, `3_split.ts`, `v3-split.ts`, `v3.txt`. */
const looksLikeVersion = /^v?[\s._-]?\d/i;
const code = /\.[cm]?[jt]sx?$/i;
const besides = /\.(?:test|spec|d)\.[cm]?[jt]sx?$/i;
const folderOfTests = /^(?:__\w+__|tests?|fixtures?|node_modules|\..*)$/i;
/** What a transformation file contains in either form. */
const hasSequence = /^\s*export\s+(?:const|let|var)\s+sequence\b|\bdefineTransformation\b[\s\S]*\bsequence\s*:\s*\d/m;

/**
 * Looks for versions that would not be deployed:
 *
 * 1. Files of code in a table's folder that are named almost like a version, or have a sequence.
 * 2. Versions outside the folder of a table: beside the folders, or in a folder inside one.
 * 3. Links that lead to nothing.
 * 4. As notes, empty folders, and files that are named like a version and are no code.
 *
 * A file that a version imports is used, whatever its name is. Tests and type declarations are no versions.
 *
 * @param root of the transformations, without links
 */
export async function unusedFiles(root: string, tables: Readonly<Record<string, readonly CatalogFile[]>>): Promise<UnusedFile[]> {
  const all = Object.values(tables).flat();
  const imported = new Set(all.flatMap(({ imports = [] }) => imports));
  const unused: UnusedFile[] = [];
  for (const entry of await entriesOf(root)) {
    if (entry.kind === 'none') unused.push(deadLink(entry.name));
    else if (entry.kind === 'file') unused.push(...(await unusedBeside(root, entry.name, imported)));
    else if (!folderOfTests.test(entry.name)) unused.push(...(await unusedIn(root, entry.name, tables[entry.name] ?? [], imported)));
  }
  return unused.toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** The folders of tables and of shared code, also those behind links. */
export async function tableFolders(root: string): Promise<string[]> {
  const entries = await entriesOf(root);
  return entries.flatMap(({ name, kind }) => (kind === 'folder' ? [name] : [])).sort();
}

async function unusedBeside(root: string, file: string, imported: ReadonlySet<string>): Promise<UnusedFile[]> {
  if (!isCode(file) || imported.has(await realName(root, file))) return [];
  if (!fileNamePattern.test(file) && !(await isTransformation(root, file))) return [];
  const place = fileNamePattern.test(file) ? `, such as Users/${file},` : '';
  return [
    problem(file, `it is in no table's folder. Move it into the folder of its table${place} or out of the folder of transformations`),
  ];
}

async function unusedIn(
  root: string,
  folder: string,
  versions: readonly CatalogFile[],
  imported: ReadonlySet<string>,
): Promise<UnusedFile[]> {
  const entries = await entriesOf(join(root, folder));
  if (entries.length === 0) {
    const message = `The folder ${folder} is empty. \`npx dynamodt init ${folder}\` makes the first version of a table; if it is not needed, remove it.`;
    return [{ file: folder, message, isProblem: false }];
  }
  // What a file imports is not known if it does not compile.
  const areImportsKnown = versions.every(({ problem: broken }) => broken === undefined);
  const unused: UnusedFile[] = [];
  for (const { name, kind } of entries) {
    const file = `${folder}/${name}`;
    if (kind === 'none') unused.push(deadLink(file));
    else if (kind === 'folder') unused.push(...(areImportsKnown ? await unusedBelow(root, file, imported) : []));
    else if (!fileNamePattern.test(name) && !imported.has(await realName(root, file)))
      unused.push(...(await unusedAmong(root, file, versions, areImportsKnown)));
  }
  return unused;
}

/** A file beside the versions of a table. */
async function unusedAmong(root: string, file: string, versions: readonly CatalogFile[], looksInside: boolean): Promise<UnusedFile[]> {
  const name = basename(file);
  if (name === squashedFile || besides.test(name)) return [];
  if (!code.test(name)) {
    const sequence = Number(/^v?[\s._-]?(\d+)/i.exec(name)?.[1]);
    if (!looksLikeVersion.test(name) || versions.some((version) => version.sequence === sequence)) return [];
    const message = `The file ${file} is not used: no version imports it, and a version is a file of code. If it should be one, name it v${sequence}.ts.`;
    return [{ file, message, isProblem: false }];
  }
  if (!looksLikeVersion.test(name) && !(looksInside && (await isTransformation(root, file)))) return [];
  return [
    problem(
      file,
      'its name is not the name of a version. Name it like v3.ts or v3_split_name.ts (a small v, the number without a leading zero, then an underscore before any words), or move it elsewhere',
    ),
  ];
}

async function unusedBelow(root: string, folder: string, imported: ReadonlySet<string>): Promise<UnusedFile[]> {
  if (folderOfTests.test(basename(folder))) return [];
  const unused: UnusedFile[] = [];
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const file = `${folder}/${entry.name}`;
    if (entry.isDirectory()) unused.push(...(await unusedBelow(root, file, imported)));
    else if (entry.isFile() && isCode(file) && !imported.has(file) && (await isTransformation(root, file))) {
      const [table = ''] = file.split('/');
      const place = fileNamePattern.test(entry.name) ? ` to ${table}/${entry.name}` : ` into the folder ${table}`;
      unused.push(
        problem(file, `versions are directly in the folder of their table. Move it${place}, or out of the folder of transformations`),
      );
    }
  }
  return unused;
}

function problem(file: string, why: string): UnusedFile {
  return { file, message: `The file ${file} is not used: ${why}.`, isProblem: true };
}

function deadLink(file: string): UnusedFile {
  return { file, message: `The link ${file} leads to nothing. Correct or remove it.`, isProblem: true };
}

function isCode(file: string): boolean {
  return code.test(file) && !besides.test(file);
}

async function isTransformation(root: string, file: string): Promise<boolean> {
  const text = await readFile(join(root, file), 'utf8');
  return hasSequence.test(text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''));
}

/** As a version's `imports` name it. */
async function realName(root: string, file: string): Promise<string> {
  return pathFrom(root, await realpath(join(root, file)));
}

/** What a folder contains; of a link, what it leads to. */
async function entriesOf(folder: string): Promise<{ name: string; kind: 'file' | 'folder' | 'none' }[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return Promise.all(entries.map(async (entry) => ({ name: entry.name, kind: await kindOf(folder, entry) })));
}

async function kindOf(folder: string, entry: Dirent): Promise<'file' | 'folder' | 'none'> {
  if (!entry.isSymbolicLink()) return entry.isDirectory() ? 'folder' : 'file';
  const target = await stat(join(folder, entry.name)).catch(() => undefined);
  if (!target) return 'none';
  return target.isDirectory() ? 'folder' : 'file';
}
