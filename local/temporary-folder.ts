import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new folder, removed at its close, and also where the process ends without closing. */
export async function temporaryFolder(): Promise<{ path: string; close(): void }> {
  const path = await mkdtemp(join(tmpdir(), 'dynamodt-local-'));
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
