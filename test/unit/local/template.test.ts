import { describe, expect, it } from 'vitest';
import { namesIn, resolveService } from '../../../local/deploy/template/resolve-service.ts';
import type { ServiceTemplate } from '../../../local/deploy/template/service-template.ts';
import { resolveValue, type Stack } from '../../../local/deploy/template/stack-values.ts';
import { namesOf } from '../../../local/names.ts';

const key = 'arn:aws:kms:us-east-1:123456789012:key/of-the-team';
const template: ServiceTemplate = {
  Parameters: { AssetsBucket: {}, AssetsPrefix: { Default: '' }, UsersTableName: {} },
  Resources: {
    Bucket: {
      Type: 'AWS::S3::Bucket',
      Properties: { BucketName: { 'Fn::Join': ['', ['shop-preparations-', { Ref: 'AWS::AccountId' }, '-', { Ref: 'AWS::Region' }]] } },
    },
    Start: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'shop-start-run',
        MemorySize: 1769,
        Code: code('start-run-0123456789abcdef.zip'),
        Environment: {
          Variables: {
            DYNAMODT_LEDGER: 'shop-ledger',
            DYNAMODT_BUCKET: { Ref: 'Bucket' },
            DYNAMODT_KEY: key,
            DYNAMODT_READER_ROLE: { 'Fn::GetAtt': ['Reader', 'Arn'] },
          },
        },
      },
    },
    // As CDK adds it with `removalPolicy: destroy`.
    EmptiesBucket: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 128, Code: code('index-0123456789abcdef.zip') } },
    StartVersion: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Start' } } },
    Reader: { Type: 'AWS::IAM::Role', Properties: {} },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        StateMachineName: 'shop-transform-table',
        DefinitionS3Location: code('definition-0123456789abcdef.json'),
        DefinitionSubstitutions: {
          StartRunFunctionArn: { Ref: 'StartVersion' },
          Deploy: { 'Fn::Join': ['-', [{ 'Fn::GetAtt': ['StartVersion', 'Version'] }, { 'Fn::GetAtt': ['StartVersion', 'Version'] }]] },
        },
      },
    },
    Catalog: {
      Type: 'Custom::DynamodtCatalog',
      Properties: {
        ServiceToken: { 'Fn::GetAtt': ['Unknown', 'Arn'] },
        tables: { Users: { Ref: 'UsersTableName' }, Orders: 'prod-orders' },
        lookupTables: { Prices: 'prod-prices' },
        lastWriterWins: ['Orders'],
        follows: ['Orders'],
      },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Start' },
        EventSourceArn: { Ref: 'OrdersTableStream' },
        StartingPosition: 'LATEST',
        BatchSize: 50,
        DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Queue', 'Arn'] } } },
      },
    },
  },
};
const stack: Stack = { template, names: namesOf('shop', 'eu-west-1'), version: '3' };

function code(file: string): object {
  return { S3Bucket: { Ref: 'AssetsBucket' }, S3Key: { 'Fn::Join': ['', [{ Ref: 'AssetsPrefix' }, file]] } };
}

describe('a template that local AWS deploys', () => {
  it('gives the names of the service, with those that are in its settings', () => {
    expect(namesIn(template, 'eu-west-1')).toMatchObject({
      prefix: 'shop',
      ledger: 'shop-ledger',
      bucket: 'shop-preparations-000000000000-eu-west-1',
      keyArn: key,
    });
  });

  it('is resolved for the version that is published: functions, definitions and catalog', () => {
    expect(resolveService(stack, { Orders: 'local-orders' })).toEqual({
      functions: [
        {
          name: 'start-run',
          asset: 'start-run-0123456789abcdef.zip',
          memory: 1769,
          environment: {
            DYNAMODT_LEDGER: 'shop-ledger',
            DYNAMODT_BUCKET: 'shop-preparations-000000000000-eu-west-1',
            DYNAMODT_KEY: key,
            DYNAMODT_READER_ROLE: 'arn:aws:iam::000000000000:role/shop-reader',
          },
        },
      ],
      stateMachines: [
        {
          name: 'transform-table',
          asset: 'definition-0123456789abcdef.json',
          substitutions: { StartRunFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:shop-start-run:3', Deploy: '3-3' },
        },
      ],
      catalog: {
        tables: { Users: 'Users', Orders: 'local-orders' },
        lookupTables: { Prices: 'prod-prices' },
        lastWriterWins: ['Orders'],
        follows: ['Orders'],
      },
      followed: [{ table: 'local-orders', properties: expect.objectContaining({ StartingPosition: 'LATEST', BatchSize: 50 }) }],
    });
  });

  it('is refused with a table that it does not have', () => {
    expect(() => resolveService(stack, { Nobodys: 'x' })).toThrow(
      '--table Nobodys=x: the template has only the tables Users, Orders, Prices.',
    );
  });

  it.each([
    [{ Ref: 'Nothing' }, 'Nothing'],
    [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'Bucket.Arn'],
    [{ a: [{ 'Fn::Sub': 'x' }] }, 'Fn::Sub'],
  ])('is refused with a value that local AWS does not know: %o', (value, named) => {
    expect(() => resolveValue(stack, value)).toThrow(`Local AWS does not know ${named} of the template`);
  });
});
