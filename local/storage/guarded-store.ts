import { createRequire } from 'node:module';
import type { FilesystemStore } from '@20minutes/s3rver';

const require = createRequire(import.meta.url);
const S3Error: new (code: string, message: string, detail: Record<string, string>) => Error = require('@20minutes/s3rver/lib/models/error');

/**
 * Restricts a store of s3rver to its folder. s3rver makes paths of unchecked names: of buckets, of keys in URLs, forms, lists and
 * copy sources, and of ids of uploads. This class checks every path that the store makes.
 */
export function guardedStore(store: FilesystemStore): FilesystemStore {
  const { getBucketPath, getResourcePath, initiateUpload, putPart, putObjectMultipart } = store;
  return Object.assign(store, {
    getBucketPath: (bucket: string): string => getBucketPath.call(store, checkBucket(bucket)),
    getResourcePath: (bucket: string, key: string | undefined, resource: string): string =>
      getResourcePath.call(store, checkBucket(bucket), checkKey(key ?? ''), resource),
    initiateUpload: async (bucket: string, key: string, id: string, metadata: unknown): Promise<unknown> =>
      initiateUpload.call(store, bucket, checkKey(key), checkUpload(id), metadata),
    putPart: async (bucket: string, id: string, part: unknown, content: unknown): Promise<unknown> =>
      putPart.call(store, bucket, checkUpload(id), part, content),
    putObjectMultipart: async (bucket: string, id: string, parts: unknown): Promise<unknown> =>
      putObjectMultipart.call(store, bucket, checkUpload(id), parts),
  });
}

function checkBucket(bucket: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/.test(bucket)) return bucket;
  throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', { BucketName: bucket });
}

/** S3 allows these keys, but files in a folder cannot have such names. */
function checkKey(key: string): string {
  const leads = key.split(/[/\\]/).some((part) => part === '..' || part === '.');
  if (!leads && !key.includes('\0')) return key;
  throw new S3Error('InvalidArgument', 'Local AWS keeps objects as files and allows no key with a part "." or "..".', { Key: key });
}

function checkUpload(id: string): string {
  if (/^[0-9a-f]{32}$/.test(id)) return id;
  throw new S3Error('NoSuchUpload', 'The specified upload does not exist.', { UploadId: id });
}
