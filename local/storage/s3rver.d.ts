/** The part of s3rver that local AWS uses; it has no types of its own. */
declare module '@20minutes/s3rver' {
  import type { RequestListener } from 'node:http';

  /** The methods that make file paths. */
  export interface FilesystemStore {
    getBucketPath(bucket: string): string;
    getResourcePath(bucket: string, key: string | undefined, resource: string): string;
    initiateUpload(bucket: string, key: string, id: string, metadata: unknown): Promise<unknown>;
    putPart(bucket: string, id: string, part: unknown, content: unknown): Promise<unknown>;
    putObjectMultipart(bucket: string, id: string, parts: unknown): Promise<unknown>;
  }

  export default class S3rver {
    constructor(options: {
      silent: boolean;
      vhostBuckets: boolean;
      directory: string;
      configureBuckets: { name: string; configs: string[] }[];
    });
    store: FilesystemStore;
    configureBuckets(): Promise<unknown>;
    callback(): RequestListener;
  }
}
