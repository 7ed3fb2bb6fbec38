import { DescribeTableCommand, type DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';

/** What a deleted stack of a service left behind. */
export interface Kept {
  ledger: string;
  /** The bucket of the preparations; undefined if it is gone. */
  bucket: string | undefined;
  /** The customer's key that encrypts the ledger; undefined if a key of AWS does. */
  key: { arn: string; id: string; description: string; state: string } | undefined;
}

/** @returns undefined if there is no ledger of this name */
export async function keptResources(
  { dynamodb, kms, s3 }: { dynamodb: DynamoDBClient; kms: KMSClient; s3: S3Client },
  { service, account, region }: { service: string; account: string; region: string },
): Promise<Kept | undefined> {
  const ledger = `${service}-ledger`;
  const table = await dynamodb.send(new DescribeTableCommand({ TableName: ledger })).catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  });
  if (!table?.Table) return undefined;
  const bucket = `${service}-preparations-${account}-${region}`;
  const exists = await s3.send(new HeadBucketCommand({ Bucket: bucket, ExpectedBucketOwner: account })).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && error.name === 'NotFound') return false;
      throw error;
    },
  );
  const keyArn = table.Table.SSEDescription?.KMSMasterKeyArn;
  return { ledger, bucket: exists ? bucket : undefined, key: keyArn === undefined ? undefined : await keyOf(kms, keyArn) };
}

async function keyOf(kms: KMSClient, keyArn: string): Promise<Kept['key']> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyArn }));
  if (!KeyMetadata || KeyMetadata.KeyManager === 'AWS') return undefined;
  const { KeyId: id = keyArn, Description: description = '', KeyState: state = '' } = KeyMetadata;
  return { arn: keyArn, id, description, state };
}
