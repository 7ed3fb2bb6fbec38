// @ts-nocheck: the packages of Pulumi are those of the team. In SST, this is part of `run()` in sst.config.ts, where `aws` is known.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

/** `npx dynamodt template`, then `pulumi up`. dynamodt.config.ts has `tables: { Users: {} }`, so the name of the table is a parameter. */
export function deployDynamodt(bucket: aws.s3.Bucket, users: aws.dynamodb.Table): aws.cloudformation.Stack {
  const assets = readdirSync('dynamodt.out/assets').map(
    (file) =>
      new aws.s3.BucketObject(file, { bucket, key: `dynamodt/${file}`, source: new pulumi.asset.FileAsset(`dynamodt.out/assets/${file}`) }),
  );
  // The hash makes another template another URL.
  const hash = createHash('sha256').update(readFileSync('dynamodt.out/template.json')).digest('hex').slice(0, 16);
  const template = new aws.s3.BucketObject('dynamodt-template', {
    bucket,
    key: `dynamodt/template-${hash}.json`,
    source: new pulumi.asset.FileAsset('dynamodt.out/template.json'),
  });
  return new aws.cloudformation.Stack(
    'dynamodt',
    {
      name: 'dynamodt',
      capabilities: ['CAPABILITY_NAMED_IAM'],
      templateUrl: pulumi.interpolate`https://${bucket.bucketRegionalDomainName}/${template.key}`,
      parameters: { AssetsBucket: bucket.bucket, AssetsPrefix: 'dynamodt/', UsersTableName: users.name },
    },
    { dependsOn: assets },
  );
}
