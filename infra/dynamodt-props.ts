import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { EventBus, IEventBus } from 'aws-cdk-lib/aws-events';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IParameter, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { FollowSettings, NotifiedOf } from '../config/contract.ts';

/** A table of this app, of another stack, or imported. The classes are listed because under `exactOptionalPropertyTypes` TypeScript does not accept them as ITable. */
export type AnyTable = ITable | Table | TableV2;

/** A table with details that the construct cannot find out by itself. */
export interface TableToTransform {
  /** The table itself. */
  readonly table: AnyTable;
  /**
   * The customer's KMS key of an imported table, or `aws` if a key of AWS encrypts the table, as DynamoDB does by default.
   *
   * @default taken from the table, if it is defined in this app or imported with its key
   */
  readonly encryption?: IKey | 'aws';
  /**
   * Accepts a table with replicas in other regions, for which the last writer wins and promise P1 does not hold.
   *
   * @default false
   */
  readonly acceptLastWriterWins?: boolean;
  /**
   * Values for parameters of the table's versions in this stage, such as `{ 3: { days: 30 } }`. They are in the template, so never give a
   * secret that is not encrypted.
   *
   * @default the defaults in the files
   */
  readonly parameters?: Readonly<Record<number, Readonly<Record<string, unknown>>>>;
  /**
   * Follows the table's stream: what older code still writes is brought into the shape of the applied versions. The table needs a stream, of any
   * view type; an imported one, its ARN (`tableStreamArn`).
   *
   * @default false
   */
  readonly follow?: boolean | FollowSettings;
}

/** A secret of Secrets Manager, as a whole or a field of its JSON, or a parameter of Systems Manager. Classes are listed for the same reason. */
export type GivenSecret = ISecret | Secret | IParameter | StringParameter | SecretField;

/** One field of a secret whose text is a JSON object. */
export interface SecretField {
  readonly secret: ISecret | Secret;
  readonly field: string;
}

/** Properties of the construct. */
export interface DynamodtProps {
  /** The tables by the names of their folders under `transformations`. The service may access these tables and no others. */
  readonly tables: Readonly<Record<string, AnyTable | TableToTransform>>;
  /**
   * Tables that transformations may read by `documentClient`, in addition to `tables`. By names, such as `{ Prices: pricesTable }`,
   * `context.tableNameOf('Prices')` gives the physical name in each stage.
   *
   * @default none
   */
  readonly lookupTables?: readonly (AnyTable | TableToTransform)[] | Readonly<Record<string, AnyTable | TableToTransform>>;
  /**
   * Variables of the functions that call transformations. Never give a secret here, since its value would be in the template.
   *
   * @default none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Variables of these functions whose values are in Secrets Manager or in the Parameter Store of Systems Manager, such as
   * `{ API_KEY: Secret.fromSecretNameV2(this, 'ApiKey', 'shop/api-key') }`. The functions read them when they start, before the team's files are loaded.
   *
   * @default none
   */
  readonly secrets?: Readonly<Record<string, GivenSecret>>;
  /**
   * What transformations may do by clients of their own, with the roles of the functions that call them: in `prepare`, and in transformations.
   * Never permit a write: a sample is transformed at each start, and an item possibly several times.
   *
   * @default nothing
   */
  readonly permissions?: {
    /** Of the function that calls `prepare`. */
    readonly prepare?: readonly PolicyStatement[];
    /** Of the functions that call `transformUp` and `transformDown`. */
    readonly transform?: readonly PolicyStatement[];
  };
  /**
   * Lambda layers of the functions that call transformations.
   *
   * @default none
   */
  readonly layers?: readonly ILayerVersion[];
  /**
   * The team's folder, relative to the working directory of the app.
   *
   * @default transformations
   */
  readonly transformations?: string;
  /**
   * Folders whose tables are in other stages only. Their files are not deployed.
   *
   * @default none
   */
  readonly tablesElsewhere?: readonly string[];
  /**
   * Prefix of all names; the command finds the service by it (`--name`). Up to 20 lower-case letters, digits and hyphens.
   *
   * @default dynamodt
   */
  readonly name?: string;
  /**
   * The key that encrypts ledger and preparations.
   *
   * @default a new key, rotated every year
   */
  readonly encryptionKey?: IKey;
  /**
   * Removal policy of the ledger, the preparations and their key when the stack is deleted. With DESTROY the ledger has no deletion protection.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: they stay, unless the deploy that creates them is rolled back
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * Memory in MB of the function that transforms segments; 1,769 MB give one full processor.
   *
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * Lambda concurrency reserved for the workers, which is also their limit. A run has no more workers than that; it asks for up to 40 by default.
   *
   * @default not reserved: workers share the account's concurrency with the application
   */
  readonly reservedConcurrency?: number;
  /**
   * Days for which journals are kept. Within this time, versions that do more than add can be taken back without a transformDown.
   *
   * @default 35
   */
  readonly journalRetention?: number;
  /**
   * The hours in which runs may write, such as `22:00-06:00 Europe/Berlin`: outside of them a run waits, and goes on by itself. A start may ask for
   * others by `--only-between`.
   *
   * @default any
   */
  readonly onlyBetween?: string;
  /**
   * Encrypts the log groups under the service's key (true), or under another one. CloudWatch always encrypts them, by default under a key of AWS. The
   * policy of a key that is imported must permit CloudWatch Logs to use it.
   *
   * @default false
   */
  readonly encryptLogs?: boolean | IKey;
  /** @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
  /**
   * Alarms of the application: while one of them is in alarm, runs that are under way are paused.
   *
   * @default none
   */
  readonly pauseOn?: readonly IAlarm[];
  /**
   * A topic that is notified of failed runs and of this construct's alarms.
   *
   * @default no notifications
   */
  readonly notify?: ITopic;
  /**
   * What `notify` is told of, beside the alarms: `failed`, `started`, `refused`, `paused`, `resumed`, `approval` (a run at its limit of changes waits for
   * one), `applied`, `rolledBack`, `succeeded`, `budget`.
   *
   * @default ['failed']
   */
  readonly notifyOf?: readonly NotifiedOf[];
  /**
   * The bus of EventBridge that gets an event for each transition of a run: docs/events.md. `false` sends none.
   *
   * @default true: the account's default bus
   */
  readonly events?: boolean | IEventBus | EventBus;
  /**
   * X-Ray traces of functions and state machines.
   *
   * @default false
   */
  readonly tracing?: boolean;
  /**
   * The VPC of the functions. They need routes to DynamoDB, KMS, S3, Step Functions and STS.
   *
   * @default not in a VPC
   */
  readonly vpc?: IVpc;
  /** @default CDK's choice in `vpc` */
  readonly vpcSubnets?: SubnetSelection;
  /** @default a new group in `vpc` without inbound rules */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * Min milliseconds between two checks by a worker if the run is paused, throttled or stopped.
   *
   * @default 3000
   */
  readonly controlInterval?: number;
}
