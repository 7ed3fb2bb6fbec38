import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { zipSync } from 'fflate';

/** Files that {@link assetFileName} may have named. */
export const assetFilePattern = /^[\w-]+-[0-9a-f]{16}\.(zip|json)$/;

/** A name that changes with the contents: that of the main file, and a hash of all files. A folder becomes a zip. */
export function assetFileName(staged: string): string {
  const files = filesOf(staged);
  const hash = createHash('sha256');
  for (const [path, content] of files) hash.update(`${path}\n${content.length}\n`).update(content);
  const [main = 'definition', ...others] = files.flatMap(([path]) => /^([\w-]+)\.m?js$/.exec(path)?.[1] ?? []);
  // The function of the CDK that calls ours for a custom resource has several files.
  return `${others.length > 0 ? 'provider' : main}-${hash.digest('hex').slice(0, 16)}${extname(staged) === '.json' ? '.json' : '.zip'}`;
}

/**
 * The file itself, or the zip of a folder. The same files give the same bytes on every machine: the time of each file is 1980, and the compression
 * is not the platform's.
 */
export function assetFile(staged: string): Uint8Array {
  const files = filesOf(staged);
  if (!statSync(staged).isDirectory()) return readFileSync(staged);
  return zipSync(Object.fromEntries(files), { level: 9, mtime: new Date(1980, 0, 1), os: 3, attrs: 0o100644 << 16 });
}

/** Paths and contents, in the order of the paths. */
function filesOf(staged: string): [path: string, content: Uint8Array][] {
  if (!statSync(staged).isDirectory()) return [['', readFileSync(staged)]];
  return readdirSync(staged, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file): [string, Uint8Array] => [
      file
        .slice(staged.length + 1)
        .split(sep)
        .join('/'),
      readFileSync(file),
    ])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}
