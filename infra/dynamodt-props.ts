import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';

/** A table of this app, of another stack, or imported. The classes are named since under `exactOptionalPropertyTypes` they are no ITable. */
export type AnyTable = ITable | Table | TableV2;

/** A table with what the construct cannot find out by itself. */
export interface TableToTransform {
  /** The table itself. */
  readonly table: AnyTable;
  /**
   * The customer's KMS key of an imported table, or `aws` where a key of AWS encrypts it, as DynamoDB does by default.
   *
   * @default known from the table, where it is defined in this app or imported with its key
   */
  readonly encryption?: IKey | 'aws';
  /**
   * Takes a table with replicas in other regions: there the last writer wins, and promise P1 does not hold.
   *
   * @default false
   */
  readonly acceptLastWriterWins?: boolean;
}

/** What the construct is given. */
export interface DynamodtProps {
  /** The tables by the names of their folders under `transformations`. The service may access these tables and no others. */
  readonly tables: Readonly<Record<string, AnyTable | TableToTransform>>;
  /**
   * Tables that transformations may read by `documentClient`, beside the above.
   *
   * @default none
   */
  readonly lookupTables?: readonly (AnyTable | TableToTransform)[];
  /**
   * The team's folder, from where the app runs.
   *
   * @default transformations
   */
  readonly transformations?: string;
  /**
   * Folders whose tables are in other stages only. Nothing of them is deployed here.
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
   * Encrypts ledger and preparations.
   *
   * @default a key of its own, rotated every year
   */
  readonly encryptionKey?: IKey;
  /**
   * What becomes of ledger, preparations and their key when the stack goes. With DESTROY the ledger has no deletion protection either.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * MB of the function that transforms segments; 1,769 are one processor.
   *
   * @default 1769
   */
  readonly memorySize?: number;
  /**
   * Lambda concurrency that only the workers have, and all they have. At least the `maxConcurrency` of runs, which is 40 by default.
   *
   * @default not reserved: workers share the account's concurrency with the application
   */
  readonly reservedConcurrency?: number;
  /** @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
  /**
   * Alarms of the application: while one of them is in alarm, runs that are under way are paused.
   *
   * @default none
   */
  readonly pauseOn?: readonly IAlarm[];
  /**
   * Hears of failed runs and of this construct's alarms.
   *
   * @default nobody
   */
  readonly notify?: ITopic;
  /**
   * X-Ray traces of functions and state machines.
   *
   * @default false
   */
  readonly tracing?: boolean;
  /**
   * Where the functions run; they need ways to DynamoDB, KMS, S3, Step Functions and STS.
   *
   * @default not in a VPC
   */
  readonly vpc?: IVpc;
  /** @default CDK's choice in `vpc` */
  readonly vpcSubnets?: SubnetSelection;
  /** @default one of their own in `vpc`, without a way in */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * Milliseconds after which workers look whether the run is paused, throttled or stopped, at least.
   *
   * @default 3000
   */
  readonly controlInterval?: number;
}
