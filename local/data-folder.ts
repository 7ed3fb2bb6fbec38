import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that stay after local AWS has ended, beside its DynamoDB: the objects of S3, the key that encrypts them, and how far streams were read. */
export interface DataFolder {
  /** Folder of the S3 objects. */
  s3: string;
  /** The key, 32 bytes. */
  key: Buffer;
  /** Folder of what event source mappings keep. */
  mappings: string;
}

const keyBytes = 32;

/** Opens the folder that a local AWS of the same name used before, or creates it, readable by its owner only and ignored by git. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const s3 = join(folder, 's3');
  await mkdir(s3, { recursive: true, mode: 0o700 });
  await writeOnce(join(folder, '.gitignore'), '*\n');
  const keyFile = join(folder, 'kms-key');
  await writeOnce(keyFile, randomBytes(keyBytes).toString('base64'));
  const key = Buffer.from(await readFile(keyFile, 'utf8'), 'base64');
  if (key.length === keyBytes) return { s3, key, mappings: join(folder, 'event-source-mappings') };
  throw new Error(
    `${keyFile} does not contain a key of ${keyBytes} bytes: restore the file, or remove ${folder}. Preparations in it are then lost, and have to be gathered again.`,
  );
}

/** If two processes start at the same time, both use the key that the first one wrote. */
async function writeOnce(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode: 0o600 }).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
