import { type App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, StreamViewType, Table, TableEncryption, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Dynamodt } from 'dynamodt/cdk';
import { env, exampleTransformations } from './synthesise.ts';

export const partitionKey = { name: 'id', type: AttributeType.STRING };

/** The least that can be said. */
export function plainStack(app: App): { stack: Stack; service: Dynamodt } {
  const stack = new Stack(app, 'Plain', { env });
  const tables = {
    Users: new TableV2(stack, 'Users', { partitionKey }),
    Orders: new Table(stack, 'Orders', { partitionKey }),
    Authors: new TableV2(stack, 'Authors', { partitionKey }),
    Cities: new TableV2(stack, 'Cities', { partitionKey, globalSecondaryIndexes: [{ indexName: 'byName', partitionKey }] }),
  };
  return { stack, service: new Dynamodt(stack, 'Dynamodt', { tables, transformations: exampleTransformations }) };
}

/** The least that can be said, and one table that is followed. */
export function followedStack(app: App): { stack: Stack; service: Dynamodt } {
  const stack = new Stack(app, 'Followed', { env });
  const tables = {
    Users: { table: new TableV2(stack, 'Users', { partitionKey, dynamoStream: StreamViewType.KEYS_ONLY }), follow: true },
    Orders: new Table(stack, 'Orders', { partitionKey }),
    Authors: new TableV2(stack, 'Authors', { partitionKey }),
    Cities: new TableV2(stack, 'Cities', { partitionKey, globalSecondaryIndexes: [{ indexName: 'byName', partitionKey }] }),
  };
  return { stack, service: new Dynamodt(stack, 'Dynamodt', { name: 'followed', tables, transformations: exampleTransformations }) };
}

export const importedKeyArn = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';

const tableStreamArn = `arn:aws:dynamodb:${env.region}:${env.account}:table/prod-more2/stream/2026-01-01T00:00:00.000`;

/** All that can be said, over tables of every origin: another stack's under a customer key, imported with and without a key. */
export function fullStack(app: App): { stack: Stack; service: Dynamodt } {
  const tablesStack = new Stack(app, 'Tables', { env });
  const users = new Table(tablesStack, 'Users', { tableName: 'prod-users', partitionKey, encryption: TableEncryption.CUSTOMER_MANAGED });
  const stack = new Stack(app, 'Full', { env });
  const importedKey = Key.fromKeyArn(stack, 'ImportedKey', importedKeyArn);
  const vpc = Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    isolatedSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
  const alarm = (id: string) =>
    new Alarm(stack, id, {
      metric: new Metric({ namespace: 'Application', metricName: id }),
      threshold: 1,
      evaluationPeriods: 1,
    });
  const service = new Dynamodt(stack, 'Dynamodt', {
    name: 'second',
    transformations: exampleTransformations,
    tables: {
      Users: users,
      Orders: Table.fromTableAttributes(stack, 'Orders', { tableName: 'prod-orders', encryptionKey: importedKey }),
      Cities: { table: Table.fromTableName(stack, 'Cities', 'prod-cities'), encryption: 'aws' },
      Authors: new TableV2(stack, 'Authors', { partitionKey }),
      More1: {
        table: new TableV2(stack, 'More1', { partitionKey, dynamoStream: StreamViewType.NEW_IMAGE }),
        follow: { units: 50, concurrency: 3, writerAttribute: 'updatedBy' },
      },
      More2: {
        table: Table.fromTableAttributes(stack, 'More2', { tableName: 'prod-more2', tableStreamArn }),
        encryption: 'aws',
        follow: true,
      },
      More3: { table: new TableV2(stack, 'More3', { partitionKey, replicas: [{ region: 'eu-west-1' }] }), acceptLastWriterWins: true },
    },
    lookupTables: [{ table: Table.fromTableName(stack, 'Lookup', 'prices'), encryption: 'aws' }],
    encryptionKey: new Key(stack, 'OwnKey', { enableKeyRotation: true }),
    removalPolicy: RemovalPolicy.DESTROY,
    memorySize: 3538,
    reservedConcurrency: 50,
    logRetention: RetentionDays.ONE_WEEK,
    pauseOn: [alarm('HighLatency'), alarm('Errors')],
    notify: new Topic(stack, 'Notify'),
    notifyOf: ['failed', 'paused', 'approval', 'succeeded'],
    events: new EventBus(stack, 'Events', { eventBusName: 'team' }),
    tracing: true,
    vpc,
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    controlInterval: 5000,
  });
  const assumedBy = new ServicePrincipal('codebuild.amazonaws.com');
  service.grantOperate(new Role(stack, 'Pipeline', { assumedBy }));
  service.grantObserve(new Role(stack, 'Observer', { assumedBy }));
  service.grantPlan(new Role(stack, 'Planner', { assumedBy }));
  service.grantRepair(new Role(stack, 'Repairer', { assumedBy }));
  service.grantPrepare(new Role(stack, 'Preparer', { assumedBy }));
  service.grantChanges(new Role(stack, 'Auditor', { assumedBy }));
  return { stack, service };
}
