import { ArnFormat, CfnParameter, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type ISecurityGroup, type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { ConfiguredTable, SecretSettings, ServiceSettings, StatementSettings, TableSettings } from '../config/contract.ts';
import type { DynamodtProps, GivenSecret, TableToTransform } from './dynamodt-props.ts';

/**
 * The properties of the construct that `dynamodt.config.ts` describes, with the tables, keys, alarms and topics imported by their names and ARNs.
 *
 * @param scope the stack in which they are imported; gets a parameter for each table without a name
 * @throws Error: when the configuration names no tables, or CloudWatch cannot keep logs for that many days
 */
export function propsFromConfig(scope: Construct, settings: ServiceSettings): DynamodtProps {
  const { tables, lookupTables, permissions, vpc } = settings;
  if (!tables || Object.keys(tables).length === 0)
    throw new Error(
      "No tables are configured. Name them in dynamodt.config.ts, each under the name of its folder: `tables: { Users: 'prod-users' }`.",
    );
  const imported = new Construct(scope, 'Configured');
  const network = vpc && importVpc(imported, vpc);
  // Every property is here, as every property of a table is below, so that a new one of the construct does not compile until the configuration has it.
  return withoutUndefined<DynamodtProps>({
    tables: importTables(imported, tables),
    lookupTables: lookupTables && importTables(imported, lookupTables),
    environment: settings.environment,
    secrets:
      settings.secrets &&
      Object.fromEntries(Object.entries(settings.secrets).map(([name, given]) => [name, importSecret(imported, name, given)])),
    permissions: permissions && {
      prepare: (permissions.prepare ?? []).map(statement),
      transform: (permissions.transform ?? []).map(statement),
    },
    layers: settings.layers?.map((arn, index) => LayerVersion.fromLayerVersionArn(imported, `Layer${index}`, arn)),
    transformations: settings.transformations,
    tablesElsewhere: settings.tablesElsewhere,
    name: settings.name,
    encryptionKey: settings.encryptionKey === undefined ? undefined : Key.fromKeyArn(imported, 'EncryptionKey', settings.encryptionKey),
    removalPolicy: settings.removalPolicy === 'destroy' ? RemovalPolicy.DESTROY : undefined,
    memorySize: settings.memorySize,
    reservedConcurrency: settings.reservedConcurrency,
    journalRetention: settings.journalRetention,
    onlyBetween: settings.onlyBetween,
    encryptLogs:
      typeof settings.encryptLogs === 'string' ? Key.fromKeyArn(imported, 'LogsKey', settings.encryptLogs) : settings.encryptLogs,
    logRetention: settings.logRetention === undefined ? undefined : retention(settings.logRetention),
    pauseOn: settings.pauseOn?.map((arn, index) => Alarm.fromAlarmArn(imported, `PauseOn${index}`, arn)),
    notify: settings.notify === undefined ? undefined : Topic.fromTopicArn(imported, 'Notify', settings.notify),
    notifyOf: settings.notifyOf,
    events: typeof settings.events === 'string' ? EventBus.fromEventBusArn(imported, 'Events', settings.events) : settings.events,
    tracing: settings.tracing,
    vpc: network?.vpc,
    // The VPC was imported with these subnets only.
    vpcSubnets: undefined,
    securityGroups: network?.securityGroups,
    controlInterval: settings.controlInterval,
  });
}

function importTables(scope: Construct, tables: Readonly<Record<string, ConfiguredTable>>): Record<string, TableToTransform> {
  return Object.fromEntries(
    Object.entries(tables).map(([folder, given]) => {
      const { tableName, encryption, acceptLastWriterWins, parameters, follow, stream }: TableSettings =
        typeof given === 'string' ? { tableName: given } : given;
      const name = tableName ?? parameter(scope, `${folder}TableName`, `Name in AWS of the table ${folder}`);
      const table = withoutUndefined<TableToTransform>({
        table: importTable(scope, folder, name, stream),
        encryption: importKey(scope, folder, encryption),
        acceptLastWriterWins,
        parameters,
        follow,
      });
      return [folder, table];
    }),
  );
}

function importTable(scope: Construct, folder: string, tableName: string, stream: string | undefined): ITable {
  if (stream === undefined) return Table.fromTableName(scope, `${folder}Table`, tableName);
  const tableStreamArn =
    stream === 'parameter' ? parameter(scope, `${folder}TableStream`, `ARN of the stream of the table ${folder}`) : stream;
  return Table.fromTableAttributes(scope, `${folder}Table`, { tableName, tableStreamArn });
}

function importKey(scope: Construct, folder: string, encryption = 'aws'): IKey | 'aws' {
  if (encryption === 'aws') return 'aws';
  const arn =
    encryption === 'parameter' ? parameter(scope, `${folder}TableKey`, `ARN of the KMS key that encrypts the table ${folder}`) : encryption;
  return Key.fromKeyArn(scope, `${folder}Key`, arn);
}

function importSecret(scope: Construct, name: string, given: SecretSettings): GivenSecret {
  const encryption = given.key === undefined ? {} : { encryptionKey: Key.fromKeyArn(scope, `${name}SecretKey`, given.key) };
  if ('parameter' in given)
    return StringParameter.fromSecureStringParameterAttributes(scope, `${name}Parameter`, {
      parameterName: given.parameter,
      ...encryption,
    });
  const secretPartialArn = Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: given.secret,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const secret = Secret.fromSecretAttributes(scope, `${name}Secret`, { secretPartialArn, ...encryption });
  return given.field === undefined ? secret : { secret, field: given.field };
}

/** A parameter of the stack: letters and digits of the name are its logical id. */
function parameter(scope: Construct, name: string, description: string): string {
  return new CfnParameter(Stack.of(scope), name.replace(/[^A-Za-z0-9]/g, ''), { type: 'String', description, minLength: 1 }).valueAsString;
}

function importVpc(
  scope: Construct,
  { vpcId, subnetIds, securityGroupIds }: NonNullable<ServiceSettings['vpc']>,
): { vpc: IVpc; securityGroups: ISecurityGroup[] | undefined } {
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId,
    privateSubnetIds: [...subnetIds],
    // Only their number matters: one for each subnet.
    availabilityZones: subnetIds.map((_, index) => `zone-${index}`),
  });
  return {
    vpc,
    securityGroups: securityGroupIds?.map((id, index) => SecurityGroup.fromSecurityGroupId(scope, `SecurityGroup${index}`, id)),
  };
}

function statement({ Effect = 'Allow', ...rest }: StatementSettings): PolicyStatement {
  return PolicyStatement.fromJson({ Effect, ...rest });
}

function retention(days: number): RetentionDays {
  const all = Object.values(RetentionDays).filter((value) => typeof value === 'number');
  if (all.includes(days)) return days;
  throw new Error(
    `\`logRetention\` is ${days} days, and CloudWatch keeps logs for ${all.filter((value) => value < 9999).join(', ')} days. Give one of these.`,
  );
}

function withoutUndefined<T extends object>(values: { readonly [K in keyof T]-?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
