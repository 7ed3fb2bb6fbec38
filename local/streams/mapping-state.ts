import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';

/** The part of an event source mapping that is kept in the data folder, so that a restart continues at the same records. */
const MappingState = z.object({
  enabled: z.boolean(),
  /** Of the stream that the shards belong to. */
  arn: z.string().optional(),
  /** When the mapping began with this stream, in seconds since 1970. */
  since: z.number().optional(),
  shards: z.record(z.string(), z.object({ after: z.string().optional(), done: z.boolean().optional() })),
});

export type MappingState = z.infer<typeof MappingState>;

export interface KeptState {
  state: MappingState;
  /** Writes it down. Calls that come while one is written share the next one. */
  save(): Promise<void>;
}

/** Reads the state in a file, or begins one. */
export async function openState(file: string, enabled: boolean): Promise<KeptState> {
  const text = await readFile(file, 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  const state = text === undefined ? { enabled, shards: {} } : MappingState.parse(JSON.parse(text));
  let writing: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const write = async (): Promise<void> => {
    await mkdir(dirname(file), { recursive: true });
    // A file that is cut off by a crash would lose the position.
    await writeFile(`${file}.new`, JSON.stringify(state), { mode: 0o600 });
    await rename(`${file}.new`, file);
  };
  const save = (): Promise<void> => {
    next ??= (writing ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        writing = next;
        next = undefined;
        return write();
      });
    return next;
  };
  return { state, save };
}
