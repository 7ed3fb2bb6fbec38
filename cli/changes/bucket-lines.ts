import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { BucketFolder } from '../../aws/operator/bucket-folder.ts';
import { UsageError } from '../usage-error.ts';

/** Text of one object, before it is compressed. */
const maxCharacters = 32 * 1024 * 1024;

/** The bucket and the folder that `s3://bucket/folder` names; undefined for a file of this machine. @throws UsageError */
export function bucketIn(to: string): { bucket: string; prefix: string } | undefined {
  if (!to.includes('://')) return undefined;
  const [, bucket, rest = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(to) ?? [];
  if (bucket === undefined)
    throw new UsageError(`--to takes a file of this machine, or a folder in S3, such as s3://my-bucket/changes, and not ${to}.`);
  return { bucket, prefix: rest.replace(/\/+$/, '') };
}

/**
 * Writes lines to objects of a folder in S3 that is empty, compressed: `part-000001.jsonl.gz` and so on. If it fails half-way, the message says
 * what to remove.
 *
 * @param write gives lines
 * @throws UsageError: if the folder is not empty, or S3 refuses
 * @throws Error: if S3 cannot be reached, throttles or is at fault
 */
export async function writeBucketLines(
  to: string,
  folder: BucketFolder,
  write: (line: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  if (!(await orRefuse(to, () => folder.isEmpty())))
    throw new UsageError(`There are objects under ${to} already, which a query would read, too. Name a folder that is empty.`);
  let waiting: string[] = [];
  let characters = 0;
  let parts = 0;
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const gzipped = await promisify(gzip)(waiting.join(''));
    waiting = [];
    characters = 0;
    await orRefuse(to, () => folder.put(`part-${String(parts + 1).padStart(6, '0')}.jsonl.gz`, gzipped));
    parts++;
  };
  try {
    await write(async (text) => {
      waiting.push(`${text}\n`);
      characters += text.length;
      if (characters >= maxCharacters) await flush();
    });
    await flush();
  } catch (error) {
    if (parts === 0 || !(error instanceof Error)) throw error;
    error.message += ` The first ${parts} objects under ${to} are there: remove them before you repeat the command.`;
    throw error;
  }
}

async function orRefuse<T>(to: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isRefused(error)) throw error;
    const why = error.name;
    throw new UsageError(
      `The changes cannot be written to ${to} (${why}). You need s3:ListBucket and s3:PutObject there, and the bucket must exist.`,
    );
  }
}

/** S3 refuses what was asked. Otherwise it cannot be reached, throttles, is at fault, or the credentials are too old: then nothing is wrong with it. */
function isRefused(error: unknown): error is Error {
  if (!(error instanceof Error) || /expired/i.test(error.name)) return false;
  const { httpStatusCode: status = 0 } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {};
  return status >= 400 && status < 500 && status !== 429;
}
