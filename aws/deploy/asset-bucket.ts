import { createHash } from 'node:crypto';
import { GetBucketLocationCommand, HeadBucketCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { OperatorError } from '../operator/operator-error.ts';

/** What became of a file that the bucket should have. */
export type Stored = 'uploaded' | 'there' | 'replaced';

/** The bucket with the files of deploys, which must belong to the account: S3 refuses each request if it does not. */
export class AssetBucket {
  readonly name: string;
  readonly #s3: S3Client;
  readonly #account: string;

  constructor(s3: S3Client, name: string, account: string) {
    this.#s3 = s3;
    this.name = name;
    this.#account = account;
  }

  /**
   * Checks that a deploy can take its files from the bucket.
   *
   * @throws OperatorError NotDeployable: if there is no such bucket, or it is of another region or account
   */
  async check(): Promise<void> {
    const region = await this.#s3.config.region();
    try {
      const { BucketRegion } = await this.#s3.send(new HeadBucketCommand(this.#place));
      if (BucketRegion !== undefined && BucketRegion !== region) throw this.#elsewhere(BucketRegion, region);
    } catch (error) {
      switch (statusOf(error)) {
        case 301:
        case 400:
          throw this.#elsewhere(await this.#locationOf(error), region);
        case 403:
          throw new OperatorError(
            'NotDeployable',
            `The bucket "${this.name}" is of another account than ${this.#account}, or these credentials may not use it. Name a bucket of this account with --bucket, or give no --bucket, for the one of the deploy before or of the stack dynamodt-assets.`,
            { cause: error },
          );
        case 404:
          throw new OperatorError(
            'NotDeployable',
            `There is no bucket "${this.name}". Create it in ${region}, name another one with --bucket, or give no --bucket, for the one of the deploy before or of the stack dynamodt-assets.`,
            { cause: error },
          );
        default:
          throw error;
      }
    }
  }

  /**
   * Uploads a file, unless the bucket has it. What is there under the key but has other bytes is replaced.
   *
   * @param key that changes with the contents
   */
  async put(key: string, content: Uint8Array): Promise<Stored> {
    const checksum = createHash('sha256').update(content).digest('base64');
    const there = await this.#checksumOf(key);
    if (there === checksum) return 'there';
    const object = { ...this.#place, Key: key, Body: content, ContentLength: content.byteLength, ChecksumSHA256: checksum };
    await this.#s3.send(new PutObjectCommand(object));
    return typeof there === 'string' ? 'replaced' : 'uploaded';
  }

  /** The URL by which CloudFormation reads a template. */
  async urlOf(key: string): Promise<string> {
    const { endpointProvider, endpoint, region } = this.#s3.config;
    const own = await endpoint?.();
    const { url } = endpointProvider({
      Bucket: this.name,
      Region: await region(),
      ForcePathStyle: true,
      ...(own ? { Endpoint: `${own.protocol}//${own.hostname}${own.port === undefined ? '' : `:${own.port}`}` } : {}),
    });
    return `${url.href.replace(/\/$/, '')}/${key}`;
  }

  /** Undefined if there is no such object, null if nobody gave a checksum when it was uploaded. */
  async #checksumOf(key: string): Promise<string | null | undefined> {
    try {
      const { ChecksumSHA256 } = await this.#s3.send(new HeadObjectCommand({ ...this.#place, Key: key, ChecksumMode: 'ENABLED' }));
      return ChecksumSHA256 ?? null;
    } catch (error) {
      // Without the permission to list the bucket, S3 answers 403 for an object that is not there.
      if ([403, 404].includes(statusOf(error) ?? 0)) return undefined;
      throw error;
    }
  }

  /** Of an answer that only says that the bucket is not in this region. */
  async #locationOf(error: unknown): Promise<string> {
    const named = headersOf(error)['x-amz-bucket-region'];
    if (named !== undefined) return named;
    const { LocationConstraint } = await this.#s3
      .send(new GetBucketLocationCommand(this.#place))
      .catch(() => ({ LocationConstraint: null }));
    return LocationConstraint ?? 'another region';
  }

  #elsewhere(there: string, here: string): OperatorError {
    return new OperatorError(
      'NotDeployable',
      `The bucket "${this.name}" is in ${there}, and the service is deployed in ${here}: Lambda takes code only from a bucket of its own region. Name a bucket in ${here} with --bucket, or give no --bucket, for the one of the deploy before or of the stack dynamodt-assets.`,
    );
  }

  get #place(): { Bucket: string; ExpectedBucketOwner: string } {
    return { Bucket: this.name, ExpectedBucketOwner: this.#account };
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

function headersOf(error: unknown): Record<string, string> {
  return (error as { $response?: { headers?: Record<string, string> } }).$response?.headers ?? {};
}
