import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Changes when a file below the folder is added, removed or written; does not read file contents. */
export async function folderFingerprint(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  const described = await Promise.all(files.sort().map(describe));
  return described.join('\n');
}

async function describe(file: string): Promise<string> {
  // A file can disappear while we look, since editors replace files.
  const { mtimeMs, size, ino } = await stat(file).catch(() => ({ mtimeMs: 0, size: 0, ino: 0 }));
  return `${file} ${mtimeMs} ${size} ${ino}`;
}
