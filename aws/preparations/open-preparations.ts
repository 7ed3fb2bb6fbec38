import { KMS } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { namingService } from '../naming-service.ts';
import { withoutQuotes } from '../unreadable-answer.ts';
import { PreparationCipher } from './preparation-cipher.ts';
import { Preparations } from './preparations.ts';

export interface PreparationPlace {
  bucket: string;
  /** ARN */
  key: string;
  /** Of the JSON: more is not read. */
  maxBytes: number;
  /** The SDK's default unless given. */
  region?: string | undefined;
}

/** A preparation can have many megabytes, so its requests may take longer than others. */
const timeouts = { requestTimeout: 60_000, connectionTimeout: 2000, throwOnRequestTimeout: true };

/** The prepared data of a service. */
export function openPreparations({ bucket, key, maxBytes, region }: PreparationPlace): Preparations {
  const settings = { maxAttempts: 8, requestHandler: timeouts, ...(region ? { region } : {}) };
  const s3 = namingService(withoutQuotes(new S3Client({ ...settings, forcePathStyle: true })), 'S3');
  const kms = namingService(withoutQuotes(new KMS(settings)), 'KMS');
  return new Preparations({ s3, bucket, cipher: new PreparationCipher(kms, key), maxBytes });
}
