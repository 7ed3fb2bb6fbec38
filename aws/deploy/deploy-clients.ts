import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { OperatorError } from '../operator/operator-error.ts';
import { withoutQuotes } from '../unreadable-answer.ts';
import { AssetBucket } from './asset-bucket.ts';
import { type Kept, keptResources } from './kept-resources.ts';
import { Stacks } from './stacks.ts';

/** Uploads have megabytes, and CloudFormation limits how often it may be asked: requests may take longer, and are tried more often, than those of other verbs. */
const patient = { maxAttempts: 8, requestHandler: { connectionTimeout: 3000, requestTimeout: 60_000, throwOnRequestTimeout: true } };

/** What `deploy` needs of AWS. */
export class DeployClients {
  readonly stacks: Stacks;
  readonly #clients: { cloudFormation: CloudFormationClient; s3: S3Client; sts: STSClient; dynamodb: DynamoDBClient; kms: KMSClient };

  /**
   * @param region the SDK's default if undefined
   * @param maxAttempts for each request
   */
  constructor(region: string | undefined, maxAttempts = patient.maxAttempts) {
    const settings = { ...patient, maxAttempts, ...(region ? { region } : {}) };
    this.#clients = {
      cloudFormation: withoutQuotes(new CloudFormationClient(settings)),
      // A URL with the bucket as its path serves buckets of every name, and the local S3.
      s3: withoutQuotes(new S3Client({ ...settings, forcePathStyle: true })),
      sts: withoutQuotes(new STSClient(settings)),
      dynamodb: withoutQuotes(new DynamoDBClient(settings)),
      kms: withoutQuotes(new KMSClient(settings)),
    };
    this.stacks = new Stacks(this.#clients.cloudFormation);
  }

  region(): Promise<string> {
    return this.#clients.cloudFormation.config.region();
  }

  /**
   * The number of the account to which the credentials belong.
   *
   * @throws OperatorError NotDeployable: if what answers has no such request, such as the local AWS
   */
  async account(): Promise<string> {
    const { Account } = await this.#clients.sts.send(new GetCallerIdentityCommand()).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'InvalidAction')
        throw new OperatorError(
          'NotDeployable',
          'What answers at AWS_ENDPOINT_URL has no CloudFormation. The local AWS (`npx dynamodt local`) deploys your files itself, whenever they change. To deploy to AWS, unset AWS_ENDPOINT_URL.',
          { cause: error },
        );
      throw error;
    });
    if (Account === undefined) throw new TypeError('GetCallerIdentity gave no account');
    return Account;
  }

  bucket(name: string, account: string): AssetBucket {
    return new AssetBucket(this.#clients.s3, name, account);
  }

  /** What a deleted stack of the service left behind; undefined if there is no ledger. */
  async kept(service: string, account: string): Promise<Kept | undefined> {
    return keptResources(this.#clients, { service, account, region: await this.region() });
  }

  close(): void {
    for (const client of Object.values(this.#clients)) client.destroy();
  }
}
