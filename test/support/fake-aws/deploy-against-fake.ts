import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { DeployClients } from '../../../aws/deploy/deploy-clients.ts';
import { asOperatorError } from '../../../aws/operator/operator-error.ts';
import type { DeployPorts } from '../../../cli/deploy/deploy-ports.ts';
import { type AskedDeploy, type DeployDocument, deployStack } from '../../../cli/deploy/deploy-stack.ts';
import { type AskedDestroy, type DestroyDocument, destroyStack } from '../../../cli/deploy/destroy-stack.ts';
import { type Template, TemplateSchema, type WrittenFolder } from '../../../cli/deploy/written-folder.ts';
import { Output } from '../../../cli/terminal/output.ts';
import type { FakeAws } from './fake-aws.ts';
import { fakeRegion } from './fake-stacks.ts';

/** A deploy in this process against the fake AWS, with everything that it printed. */
export class FakeDeployer {
  /** Lines of all calls. */
  printed = '';
  /** What the person at the terminal answers; undefined for a pipeline. */
  answer: boolean | undefined;
  questions: string[] = [];
  /** For each request; undefined for those of the command. */
  maxAttempts: number | undefined;
  /** How many times faster than its clock a pause is. */
  speed = 50;
  #time = 0;
  readonly interruption = new AbortController();
  readonly #aws: FakeAws;

  constructor(aws: FakeAws) {
    this.#aws = aws;
  }

  deploy(folder: WrittenFolder, asked: Partial<AskedDeploy> = {}): Promise<DeployDocument> {
    const defaults = {
      service: 'dynamodt',
      stack: 'dynamodt',
      bucket: undefined,
      parameters: {},
      tags: undefined,
      role: undefined,
      diff: false,
      yes: false,
    };
    return this.#with((ports) => deployStack({ ...defaults, folder, ...asked }, ports));
  }

  destroy(asked: Partial<AskedDestroy> = {}): Promise<DestroyDocument> {
    const defaults = {
      service: 'dynamodt',
      stack: 'dynamodt',
      role: undefined,
      diff: false,
      yes: false,
      tablesInRuns: async () => [],
    };
    return this.#with((ports) => destroyStack({ ...defaults, ...asked }, ports));
  }

  async #with<T>(call: (ports: DeployPorts) => Promise<T>): Promise<T> {
    const clients = new DeployClients(fakeRegion, this.maxAttempts);
    const stream = {
      isTTY: false,
      columns: 80,
      write: (text: string | Uint8Array) => {
        this.printed += String(text);
        return true;
      },
    };
    const explain = async (error: unknown): Promise<unknown> => asOperatorError(error, { endpoint: this.#aws.url, region: fakeRegion });
    const ask = async (question: string): Promise<boolean> => {
      this.questions.push(question);
      return this.answer === true;
    };
    try {
      return await call({
        clients,
        output: new Output({ stdout: stream, stderr: stream, json: false }),
        signal: this.interruption.signal,
        sleep: (milliseconds) => {
          this.#time += milliseconds;
          return setTimeout(milliseconds / this.speed);
        },
        now: () => this.#time,
        explain,
        ask: this.answer === undefined ? undefined : ask,
      });
    } catch (error) {
      throw await explain(error);
    } finally {
      clients.close();
    }
  }
}

/** A service in few resources, in the form of a template that `template` writes. */
export function smallFolder(
  change: (resources: Record<string, object>) => Record<string, object> = (resources) => resources,
): WrittenFolder {
  const arnOfKey = { 'Fn::GetAtt': ['DynamodtKey57ED05BD', 'Arn'] };
  const kept = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };
  const template = TemplateSchema.parse({
    Description: 'Transforms the items of live DynamoDB tables: dynamodt',
    Parameters: { AssetsBucket: {}, AssetsPrefix: { Default: '' } },
    Resources: change({
      DynamodtKey57ED05BD: { Type: 'AWS::KMS::Key', Properties: { Description: 'Ledger and preparations of dynamodt' }, ...kept },
      DynamodtPreparations5BAD6662: {
        Type: 'AWS::S3::Bucket',
        Properties: {
          BucketName: { 'Fn::Join': ['', ['dynamodt-preparations-', { Ref: 'AWS::AccountId' }, '-', { Ref: 'AWS::Region' }]] },
          BucketEncryption: { KMSMasterKeyID: arnOfKey },
          LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ExpirationInDays: 35 }] },
        },
        ...kept,
      },
      DynamodtFunctionsStartRunRoleCC8822D4: role('ledger'),
      DynamodtFunctionsStartRunD5D0EDF5: functionOf('start-run', '1'),
      ...versionOf('1'),
      DynamodtLedger3679DCC8: {
        Type: 'AWS::DynamoDB::Table',
        Properties: { TableName: 'dynamodt-ledger', SSESpecification: { KMSMasterKeyId: arnOfKey } },
        DependsOn: ['DynamodtFunctionsStartRunD5D0EDF5'],
        ...kept,
      },
      DynamodtPublishCatalogF113FCAA: { Type: 'Custom::DynamodtCatalog', Properties: { tables: { Users: 'users' } } },
    }),
    Outputs: { DynamodtLedgerNameD78365D2: { Value: { Ref: 'DynamodtLedger3679DCC8' } } },
  });
  return folderOf(template);
}

export function folderOf(template: Template): WrittenFolder {
  const text = JSON.stringify(template);
  const asset = (name: string, content: string) => ({ name, content: () => Buffer.from(content), bytes: content.length });
  return {
    template,
    templateFile: asset(`template-${createHash('sha256').update(text).digest('hex')}.json`, text),
    assets: [asset('start-run-1.zip', 'code of start-run'), asset('definition-1.json', '{}')],
  };
}

export function role(table: string | object): object {
  const Resource = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':dynamodb:eu-central-1:1:table/', table]] };
  return {
    Type: 'AWS::IAM::Role',
    Properties: { Policies: [{ PolicyDocument: { Statement: [{ Effect: 'Allow', Action: ['dynamodb:GetItem'], Resource }] } }] },
  };
}

export function functionOf(name: string, code: string): object {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: `dynamodt-${name}`,
      Code: { S3Bucket: { Ref: 'AssetsBucket' }, S3Key: { 'Fn::Join': ['', [{ Ref: 'AssetsPrefix' }, `${name}-${code}.zip`]] } },
    },
  };
}

/** As the CDK: other code is another version under another id. */
export function versionOf(code: string): Record<string, object> {
  return {
    [`DynamodtFunctionsStartRunCurrentVersionFE9A9847${code.padStart(32, '0')}`]: {
      Type: 'AWS::Lambda::Version',
      Properties: { FunctionName: { Ref: 'DynamodtFunctionsStartRunD5D0EDF5' } },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    },
  };
}
