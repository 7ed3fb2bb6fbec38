import { readFile } from 'node:fs/promises';
import { UsageError } from './usage-error.ts';

/**
 * What is in a JSON file that a flag names, without the byte order mark that editors on Windows write; undefined if it is not JSON.
 *
 * @param missing what to say if there is no such file
 * @throws UsageError: if the file cannot be read
 */
export async function namedJson(file: string, missing: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT') throw new UsageError(missing);
    throw new UsageError(`"${file}" cannot be read (${code}). Name a file that you may read.`);
  });
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
