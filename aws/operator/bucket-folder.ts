import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { namingService } from '../naming-service.ts';
import { withoutQuotes } from '../unreadable-answer.ts';

/** A folder in a bucket of S3, with the operator's own permissions. */
export interface BucketFolder {
  /** True if no object is in it. */
  isEmpty(): Promise<boolean>;
  put(name: string, gzipped: Uint8Array): Promise<void>;
}

/** @param prefix of the objects' keys, without a slash at its end; empty for the whole bucket */
export function openBucketFolder(bucket: string, prefix: string, region: string | undefined): BucketFolder {
  const client = withoutQuotes(new S3Client({ followRegionRedirects: true, forcePathStyle: true, ...(region ? { region } : {}) }));
  const s3 = namingService(client, 'S3');
  const folder = prefix === '' ? '' : `${prefix}/`;
  return {
    isEmpty: async () => {
      const { KeyCount = 0 } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: folder, MaxKeys: 1 }));
      return KeyCount === 0;
    },
    put: async (name, Body) => {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: `${folder}${name}`, Body, ContentType: 'application/gzip' }));
    },
  };
}
