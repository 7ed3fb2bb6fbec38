import { createHash } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { RunError } from '../../core/errors.ts';
import type { PreparationOwner, PreparationStore } from '../../core/ledger/preparation.ts';
import { NotOurs } from '../bound-keyring.ts';
import { ciphertextRefusals, objectRefusals } from '../refusals.ts';
import { type PreparationCipher, TooLong } from './preparation-cipher.ts';

export interface PreparationsOptions {
  s3: S3Client;
  bucket: string;
  cipher: PreparationCipher;
  /** Of the JSON. */
  maxBytes: number;
}

/** Errors that no repetition mends, by the names of S3 and KMS. */
const missing = new Set(['NoSuchKey', 'NoSuchBucket', 'NotFound']);

/** Prepared data in S3: `preparations/<table>/<sequence>/<SHA-256 of the ciphertext>`, encrypted before it leaves the process. */
export class Preparations implements PreparationStore {
  readonly #options: PreparationsOptions;

  constructor(options: PreparationsOptions) {
    this.#options = options;
  }

  digest(json: string): string {
    return sha256(new TextEncoder().encode(json)).slice(0, 16);
  }

  /**
   * @throws RunError PreparationMissing: when the bucket does not exist
   * @throws RunError PreparationInvalid: when the key or the bucket refuses access
   */
  async write(owner: PreparationOwner, json: string): Promise<string> {
    const { s3, bucket, cipher } = this.#options;
    try {
      const ciphertext = await cipher.encrypt(owner, json);
      const version = sha256(ciphertext);
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: objectKey(owner, version), Body: ciphertext }));
      return version;
    } catch (error) {
      throw this.#explained(error, owner, 'kept');
    }
  }

  async read(owner: PreparationOwner, version: string): Promise<unknown> {
    const { s3, bucket, cipher, maxBytes } = this.#options;
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: objectKey(owner, version) }));
      const ciphertext = await Body?.transformToByteArray();
      if (!ciphertext || sha256(ciphertext) !== version) throw new NotOurs();
      return JSON.parse(await cipher.decrypt(owner, ciphertext, maxBytes));
    } catch (error) {
      throw this.#explained(error, owner, 'read');
    }
  }

  #explained(error: unknown, { table, sequence }: PreparationOwner, doing: 'kept' | 'read'): unknown {
    const name = error instanceof Error ? error.name : '';
    const what = `The preparation of ${table} v${sequence}`;
    const again = `Gather it again with \`dynamodt prepare ${table} --sequence ${sequence}\`, then start the run again.`;
    const { bucket, maxBytes } = this.#options;
    if (error instanceof TooLong)
      return new RunError(
        'PreparationTooLarge',
        `${what} has more than ${maxBytes} bytes as JSON, which is what a worker takes. Deploy workers with more memory (\`memorySize\`), or let prepare return less and gather it again with \`dynamodt prepare ${table} --sequence ${sequence}\`.`,
        { fields: { table, sequence, limit: maxBytes } },
      );
    if (missing.has(name))
      return new RunError(
        'PreparationMissing',
        name === 'NoSuchBucket'
          ? `${what} cannot be ${doing}: there is no bucket ${bucket}. Deploy the service again, then redrive the execution.`
          : `${what} is no longer in the bucket ${bucket}. Restore the object, or ${lowerFirst(again)}`,
        { fields: { table, sequence }, cause: error },
      );
    if (name === 'NotOurs' || ciphertextRefusals.has(name))
      return new RunError(
        'PreparationInvalid',
        `${what} is not what the ledger recorded: its object was changed, or belongs to another version, table or code. ${again}`,
        { fields: { table, sequence }, cause: error },
      );
    if (objectRefusals.has(name))
      return new RunError(
        'PreparationInvalid',
        `${what} cannot be ${doing}: ${name} from the KMS key or the bucket ${bucket}. Let the functions use the key and the bucket again, then redrive the execution.`,
        { fields: { table, sequence }, cause: error },
      );
    return error;
  }
}

function objectKey({ table, sequence }: PreparationOwner, version: string): string {
  return `preparations/${table}/${String(sequence).padStart(6, '0')}/${version}`;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
