import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../infra/package-root.ts';

const folders: string[] = [];

/** A folder with files such as `Users/v1.ts`, as in somebody's working copy where the packages are installed. */
export async function workingCopy(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-working-copy-'));
  folders.push(folder);
  await symlink(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  return folder;
}

export async function removeWorkingCopies(): Promise<void> {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}
