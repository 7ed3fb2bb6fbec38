import { rmSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'dynamodt-local-';

/**
 * A new folder, removed at its close, and also if the process ends without closing. Nothing runs in a process that is killed: therefore
 * its name holds the process id, and folders of processes that are gone are removed by the next local AWS.
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
    // A folder of another user cannot be removed, and is that user's.
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
