import { createHash } from 'node:crypto';
import { sep } from 'node:path';
import type { Metafile } from 'esbuild';
import { comparableText, type InputFile, inputFile, pathFrom, withoutComments } from './input-files.ts';
import { isOfPackage, packageVersions } from './package-versions.ts';

/** Version of the checksum algorithm: increased if a change gives the same source another checksum. Algorithm 1 ignored files outside the folder of transformations. */
export const checksumAlgorithm = 2;

/** The checksums and packages of one transformation file. */
export interface Checksums {
  checksum: string;
  formerChecksums: string[];
  bundleChecksum: string;
  packages: string[];
}

/** What identifies the code of a file. */
export interface IdentifiedCode {
  checksums: Checksums;
  /** The text of which `bundleChecksum` is the checksum. */
  bareCode: string;
  /** The team's own files in the bundle, the transformation file among them. */
  ownFiles: InputFile[];
}

/** The bundle of one transformation file. */
export interface Bundled {
  /** The folder of transformations, as the file system names it without links. */
  root: string;
  /** The transformation file, without links. */
  entry: string;
  /** dynamodt's own entry. Files that it imports are not the team's. */
  library: string;
  inputs: Metafile['inputs'];
  /** The bundled code. */
  code: string;
}

/**
 * Identifies the code of a file:
 *
 * 1. `checksum`, with which an applied version is compared: of the file and its imports from the team's own project, in any
 *    folder, without types, comments and white space; of text and other data as they are. It does not depend on the file's name.
 * 2. `formerChecksums`: the checksums that earlier algorithms give the same source, so that after an upgrade no applied version differs.
 * 3. `bundleChecksum`, by which a run detects a deploy of other code, and by which kept code is verified: of all code in the bundle,
 *    with packages, without comments and white space.
 * 4. `packages`: `name@version` of each package in the bundle.
 */
export async function identifyCode(bundled: Bundled): Promise<IdentifiedCode> {
  const { root, entry, library, inputs, code } = bundled;
  const files = Object.entries(inputs).flatMap(([input, found]) => inputFile(root, input, found) ?? []);
  const own = ownFiles(bundled);
  const bareCode = await withoutComments(code, 'js');
  const checksums = {
    checksum: `${checksumAlgorithm}:${await digestOf(root, entry, own)}`,
    formerChecksums: await formerChecksums(root, entry, files),
    bundleChecksum: `bundle:${hashOf([bareCode])}`,
    packages: await packageVersions(files.map(({ path }) => path).filter((path) => path !== library)),
  };
  return { checksums, bareCode, ownFiles: own };
}

/** The team's own files, found by following the imports from the entry. */
function ownFiles({ root, entry, library, inputs }: Bundled): InputFile[] {
  const imported = new Set(Object.values(inputs).flatMap(({ imports }) => imports.map(({ path }) => path)));
  const reached = new Map<string, InputFile>();
  const follow = (input: string): void => {
    const found = inputs[input];
    const file = found && inputFile(root, input, found);
    if (!file || reached.has(input) || file.path === library || isOfPackage(file.path)) return;
    reached.set(input, file);
    for (const { path, external } of found.imports) if (!external) follow(path);
  };
  for (const [input, found] of Object.entries(inputs)) {
    // No import names a module that a pattern found, as in `import(`./rules/${name}.ts`)`.
    const isFoundByPattern = !imported.has(input);
    if (isFoundByPattern || inputFile(root, input, found)?.path === entry) follow(input);
  }
  return distinct([...reached.values()]);
}

/** A file that is imported with and without `with { type: 'json' }` is two inputs. */
function distinct(files: readonly InputFile[]): InputFile[] {
  return files.filter(({ path, as }, index) => files.findIndex((other) => other.path === path && other.as === as) === index);
}

/** Algorithm 1: only files inside the folder of transformations. A source that it could not read never had such a checksum. */
async function formerChecksums(root: string, entry: string, files: readonly InputFile[]): Promise<string[]> {
  const inside = files.filter(({ path }) => path === entry || (path.startsWith(root + sep) && !isOfPackage(path)));
  try {
    return [`1:${await digestOf(root, entry, inside)}`];
  } catch {
    return [];
  }
}

async function digestOf(root: string, entry: string, files: readonly InputFile[]): Promise<string> {
  const imported = files.filter(({ path }) => path !== entry);
  const named = imported.map((file) => ({ name: pathFrom(root, file.path), file }));
  named.sort((a, b) => (a.name === b.name ? (a.file.as < b.file.as ? -1 : 1) : a.name < b.name ? -1 : 1));
  const parts = [`\0${await comparableText({ path: entry, as: 'code' })}\0`];
  for (const { name, file } of named) parts.push(`${name}\0${await comparableText(file)}\0`);
  return hashOf(parts);
}

function hashOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 32);
}
