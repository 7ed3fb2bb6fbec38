import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Changes when a file below the folder is added, removed or written; does not read file contents. */
export async function folderFingerprint(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return filesFingerprint(files.sort());
}

/** Changes when one of the files is removed or written. */
export async function filesFingerprint(files: readonly string[]): Promise<string> {
  return (await Promise.all(files.map(describe))).join('\n');
}

async function describe(file: string): Promise<string> {
  // A file can disappear while we look, since editors replace files.
  const { mtimeMs, size, ino } = await stat(file).catch(() => ({ mtimeMs: 0, size: 0, ino: 0 }));
  return `${file} ${mtimeMs} ${size} ${ino}`;
}

/** When the newest of the files was written, in milliseconds since 1970. Missing files do not count: source maps can name files that a package does not ship. */
export async function lastWritten(files: readonly string[]): Promise<number> {
  const times = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  );
  return Math.max(0, ...times);
}
