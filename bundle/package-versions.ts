import { readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';

const folder = `${sep}node_modules${sep}`;

/** True for a file of an installed package. */
export function isOfPackage(path: string): boolean {
  return path.includes(folder);
}

/** `name@version` of each package that the files are of, sorted; without dynamodt itself. */
export async function packageVersions(files: readonly string[]): Promise<string[]> {
  const roots = new Map(files.filter(isOfPackage).map(packageOf));
  const named = await Promise.all([...roots].map(async ([root, name]) => `${name}@${await versionIn(root)}`));
  return [...new Set(named)].filter((name) => !name.startsWith('dynamodt@')).sort();
}

/** The folder of the file's package, and the package's name. */
function packageOf(path: string): [root: string, name: string] {
  const end = path.lastIndexOf(folder) + folder.length;
  const [first = '', second = ''] = path.slice(end).split(sep);
  const parts = first.startsWith('@') ? [first, second] : [first];
  return [path.slice(0, end) + parts.join(sep), parts.join('/')];
}

async function versionIn(root: string): Promise<string> {
  try {
    const { version }: { version?: unknown } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    return typeof version === 'string' ? version : 'unknown';
  } catch {
    return 'unknown';
  }
}
