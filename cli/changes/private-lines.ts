import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import { UsageError } from '../usage-error.ts';

/** Text that is written at once. */
const chunkCharacters = 1 << 20;

/**
 * Writes lines to a file that only its owner may read. It is there when it is complete: until then it has another name, and after an error
 * there is none.
 *
 * @param write gives lines
 * @throws UsageError: if the file cannot be written
 */
export async function writePrivateLines(file: string, write: (line: (text: string) => Promise<void>) => Promise<void>): Promise<void> {
  const known = await stat(file).catch(() => undefined);
  if (known && !known.isFile()) throw new UsageError(`${file} is not a file. Name a file, as in \`--to changes.jsonl\`.`);
  const partial = `${file}.${randomUUID()}`;
  const handle = await orRefuse(file, () => open(partial, 'wx', 0o600));
  try {
    await closing(handle, async () => {
      let waiting = '';
      const flush = (): Promise<void> => orRefuse(file, () => handle.writeFile(waiting));
      await write(async (text) => {
        waiting += `${text}\n`;
        if (waiting.length < chunkCharacters) return;
        await flush();
        waiting = '';
      });
      await flush();
    });
    await orRefuse(file, () => rename(partial, file));
  } catch (error) {
    await unlink(partial).catch(() => undefined);
    throw error;
  }
}

async function closing(handle: FileHandle, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } finally {
    await handle.close();
  }
}

async function orRefuse<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(
      `The changes cannot be written to ${file} (${why}). Name a file in a folder that exists, as in \`--to changes.jsonl\`.`,
    );
  }
}
