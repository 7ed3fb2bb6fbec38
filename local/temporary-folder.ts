import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'dynamodt-local-';

/**
 * Creates a folder that is removed by its close, and also if the process ends without a close. A killed process cannot remove it: therefore
 * its name contains the process id, and the next local AWS removes the folders of processes that have ended.
 */
export async function temporaryFolder(): Promise<{ path: string; close(): void }> {
  await removeLeftovers();
  const path = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  return {
    path,
    close: () => {
      process.off('exit', remove);
      remove();
    },
  };
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = /^dynamodt-local-(\d+)-\w+$/.exec(name) ?? [];
    // A folder of another user cannot be removed, and belongs to that user.
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
