import { TemplateSchema } from './written-folder.ts';

/** The stack of the bucket that a deploy makes if none is given: one in each account and region, for all services. */
export const assetsStack = 'dynamodt-assets';

export const bucketOutput = 'BucketName';

/** CloudFormation chooses the bucket's name: nobody can guess it and take it before. */
export const assetsTemplate = TemplateSchema.parse({
  AWSTemplateFormatVersion: '2010-09-09',
  Description: 'Files of deploys by the command dynamodt',
  Resources: {
    Bucket: {
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        LifecycleConfiguration: {
          Rules: [
            {
              Status: 'Enabled',
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
              NoncurrentVersionExpiration: { NoncurrentDays: 90 },
            },
          ],
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        VersioningConfiguration: { Status: 'Enabled' },
      },
    },
    BucketPolicy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: 'Bucket' },
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            deny({ Bool: { 'aws:SecureTransport': 'false' } }),
            // As the bucket of the preparations does.
            deny({ NumericLessThan: { 's3:TlsVersion': '1.2' } }),
          ],
        },
      },
    },
  },
  Outputs: { [bucketOutput]: { Value: { Ref: 'Bucket' }, Description: 'Bucket with the files of deploys' } },
});

function deny(condition: object): object {
  const arn = { 'Fn::GetAtt': ['Bucket', 'Arn'] };
  return {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [arn, { 'Fn::Join': ['', [arn, '/*']] }],
    Condition: condition,
  };
}
