import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** Days in which a deleted object of a journal can be restored. A journal holds items, so they are few. */
const daysToRestore = Duration.days(7);

/**
 * The bucket of the preparations and the journals. They are encrypted before the upload, and again at rest.
 *
 * @param journalDays for which journals are kept
 */
export function createPreparationsBucket(
  scope: Construct,
  bucketName: string,
  encryptionKey: IKey,
  removalPolicy: RemovalPolicy,
  journalDays: number,
): Bucket {
  const prefix = 'journal/';
  return new Bucket(scope, 'Preparations', {
    bucketName,
    encryption: BucketEncryption.KMS,
    encryptionKey,
    bucketKeyEnabled: true,
    versioned: true,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    // Objects are never overwritten, so only a deleted or an expired one leaves an old version.
    lifecycleRules: [
      { noncurrentVersionExpiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      { id: 'Journals', prefix, expiration: Duration.days(journalDays), noncurrentVersionExpiration: daysToRestore },
      { id: 'ExpiredJournals', prefix, expiredObjectDeleteMarker: true },
    ],
    removalPolicy,
    autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
  });
}
