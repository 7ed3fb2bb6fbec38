import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';

const folder = `${sep}node_modules${sep}`;

/** True for a file of an installed package. */
export function isOfPackage(path: string): boolean {
  return path.includes(folder);
}

/** `name@version` of each package that the files are of, sorted; without dynamodt itself. */
export async function packageVersions(files: readonly string[]): Promise<string[]> {
  const named = await Promise.all([...new Map(files.filter(isOfPackage).map(packageOf))].map(nameAndVersion));
  return [...new Set(named)].filter((name) => !name.startsWith('dynamodt@')).sort();
}

/** `name@version` of the package that a file is of. */
export function packageVersion(file: string): Promise<string> {
  return nameAndVersion(packageOf(file));
}

/** `name@version` of the packages among these files that say that they have native code. */
export async function packagesWithNativeCode(files: readonly string[]): Promise<string[]> {
  const roots = [...new Map(files.filter(isOfPackage).map(packageOf))];
  const named = await Promise.all(
    roots.map(async (root) => {
      const { gypfile, binary, napi, optionalDependencies } = await manifestIn(root[0]);
      const isForPlatforms = Object.keys(Object(optionalDependencies)).some((name) => /(?:linux|darwin|win32)-(?:x64|arm64)/.test(name));
      return gypfile === true || binary !== undefined || napi !== undefined || isForPlatforms ? [await nameAndVersion(root)] : [];
    }),
  );
  return named.flat();
}

async function nameAndVersion([root, name]: readonly [root: string, name: string]): Promise<string> {
  return `${name}@${await versionIn(root)}`;
}

/** The folder of the file's package, and the package's name. */
function packageOf(path: string): [root: string, name: string] {
  const end = path.lastIndexOf(folder) + folder.length;
  const [first = '', second = ''] = path.slice(end).split(sep);
  const parts = first.startsWith('@') ? [first, second] : [first];
  return [path.slice(0, end) + parts.join(sep), parts.join('/')];
}

async function versionIn(root: string): Promise<string> {
  const { version } = await manifestIn(root);
  return typeof version === 'string' ? version : 'unknown';
}

async function manifestIn(root: string): Promise<Partial<Record<string, unknown>>> {
  try {
    return Object(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  } catch {
    return {};
  }
}
