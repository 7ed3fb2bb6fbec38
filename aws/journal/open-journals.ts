import { KMS } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { namingService } from '../naming-service.ts';
import { withoutQuotes } from '../unreadable-answer.ts';
import { JournalCipher } from './journal-cipher.ts';
import { Journals, type JournalsOptions } from './journals.ts';

export interface JournalPlace {
  bucket: string;
  /** ARN */
  key: string;
  /** The SDK's default unless given. */
  region?: string | undefined;
}

/** An object has about a megabyte, and all writes of a group wait for it: a request that hangs is sent again soon. */
const timeouts = { requestTimeout: 10_000, connectionTimeout: 2000, throwOnRequestTimeout: true };

/** The journals of a service. */
export function openJournals({ bucket, key, region }: JournalPlace, { reader }: Pick<JournalsOptions, 'reader'> = {}): Journals {
  const settings = { maxAttempts: 8, requestHandler: timeouts, ...(region ? { region } : {}) };
  const s3 = namingService(withoutQuotes(new S3Client({ ...settings, forcePathStyle: true })), 'S3');
  const kms = namingService(withoutQuotes(new KMS(settings)), 'KMS');
  return new Journals({ s3, bucket, cipher: new JournalCipher(kms, key), reader });
}
