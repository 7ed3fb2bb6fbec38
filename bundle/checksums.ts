import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { type Loader, type Metafile, transform } from 'esbuild';
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

/** What identifies the code of a file, and the text of which `bundleChecksum` is the checksum. */
export interface IdentifiedCode {
  checksums: Checksums;
  bareCode: string;
}

interface Bundled {
  /** The folder of transformations. */
  root: string;
  /** The transformation file. */
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
 *    folder, without types, comments and white space. It does not depend on the file's name.
 * 2. `formerChecksums`: the checksums that earlier algorithms give the same source, so that after an upgrade no applied version differs.
 * 3. `bundleChecksum`, by which a run detects a deploy of other code, and by which kept code is verified: of all code in the bundle,
 *    with packages, without comments and white space.
 * 4. `packages`: `name@version` of each package in the bundle.
 */
export async function identifyCode(bundled: Bundled): Promise<IdentifiedCode> {
  const { root, entry, library, inputs, code } = bundled;
  const all = Object.keys(inputs).map((input) => resolve(root, input));
  const bareCode = await withoutComments(code, 'js');
  const checksums = {
    checksum: `${checksumAlgorithm}:${await digestOf(root, entry, ownFiles(bundled))}`,
    formerChecksums: await formerChecksums(root, entry, all),
    bundleChecksum: `bundle:${hashOf([bareCode])}`,
    packages: await packageVersions(all.filter((path) => path !== library)),
  };
  return { checksums, bareCode };
}

/** The team's own files, found by following the imports from the entry. */
function ownFiles({ root, entry, library, inputs }: Bundled): string[] {
  const imports = new Map(Object.entries(inputs).map(([input, found]) => [resolve(root, input), found.imports] as const));
  const reached = new Set([entry]);
  for (const path of reached)
    for (const { path: imported, external } of imports.get(path) ?? []) {
      const target = resolve(root, imported);
      if (!external && imports.has(target) && target !== library && !isOfPackage(target) && !isDisabled(imported)) reached.add(target);
    }
  return [...reached];
}

/** A module that a package.json switches off for this platform: esbuild puts an empty one in its place. */
function isDisabled(input: string): boolean {
  return input.startsWith('(disabled):');
}

/** Algorithm 1: only files inside the folder of transformations. A source that it could not read never had such a checksum. */
async function formerChecksums(root: string, entry: string, inputs: readonly string[]): Promise<string[]> {
  const inside = inputs.filter((path) => path === entry || (path.startsWith(root + sep) && !isOfPackage(path)));
  try {
    return [`1:${await digestOf(root, entry, inside)}`];
  } catch {
    return [];
  }
}

async function digestOf(root: string, entry: string, files: readonly string[]): Promise<string> {
  const imported = files.filter((path) => path !== entry).sort((a, b) => (relative(root, a) < relative(root, b) ? -1 : 1));
  const parts: string[] = [];
  for (const path of [entry, ...imported]) {
    const code = await readFile(path, 'utf8');
    const loader = loaderOf(path);
    const name = path === entry ? '' : relative(root, path).split(sep).join('/');
    parts.push(`${name}\0${loader === 'text' ? code : await withoutComments(code, loader)}\0`);
  }
  return hashOf(parts);
}

async function withoutComments(text: string, loader: Loader): Promise<string> {
  return (await transform(text, { loader, minifyWhitespace: true, legalComments: 'none' })).code;
}

function hashOf(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 32);
}

function loaderOf(path: string): Loader {
  const extension = /\.(?:[cm]?(ts|js)|(tsx|jsx|json))$/.exec(path);
  return (extension?.[1] ?? extension?.[2] ?? 'text') as Loader;
}
