import { randomBytes } from 'node:crypto';
import { KMS } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { JournalCipher } from '../../aws/journal/journal-cipher.ts';
import { Journals } from '../../aws/journal/journals.ts';

const keyArn = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';

/** Journals over the real client of S3, and a KMS in memory. */
export function openMeasuredJournals(endpoint: string): Journals {
  const kms = new KMS({ region: 'us-east-1' });
  kms.middlewareStack.add(
    () => async () => {
      const output = { KeyId: keyArn, Plaintext: Uint8Array.from(randomBytes(32)), CiphertextBlob: randomBytes(16), $metadata: {} };
      return { response: {}, output };
    },
    { step: 'initialize', priority: 'high' },
  );
  const s3 = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true });
  return new Journals({ s3, bucket: 'bench', cipher: new JournalCipher(kms, keyArn) });
}
