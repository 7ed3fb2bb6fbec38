/** A table by its name in AWS, or by its details. */
export type ConfiguredTable = string | TableSettings;

/** A table with details that nobody but the team knows. */
export interface TableSettings {
  /**
   * Name of the table in AWS.
   *
   * @default a parameter of the template, `UsersTableName`, for whoever knows the name only at the deploy
   */
  readonly tableName?: string | undefined;
  /**
   * ARN of the customer's KMS key that encrypts the table; `aws` if a key of AWS does, as by DynamoDB's default; `parameter` for a parameter
   * of the template, `UsersTableKey`.
   *
   * @default aws
   */
  readonly encryption?: string | undefined;
  /**
   * Accepts a table with replicas in other regions, for which the last writer wins and promise P1 does not hold.
   *
   * @default false
   */
  readonly acceptLastWriterWins?: boolean | undefined;
  /**
   * Values for parameters of the table's versions, such as `{ 3: { days: 30 } }`. They are in the template, so never give a secret that is not
   * encrypted.
   *
   * @default the defaults in the files
   */
  readonly parameters?: Readonly<Record<number, Readonly<Record<string, unknown>>>> | undefined;
  /**
   * Follows the table's stream: what older code still writes is brought into the shape of the applied versions. It needs `stream`.
   *
   * @default false
   */
  readonly follow?: boolean | FollowSettings | undefined;
  /**
   * ARN of the table's stream, of any view type, for `follow`; `parameter` for a parameter of the template, `UsersTableStream`.
   *
   * @default none
   */
  readonly stream?: string | undefined;
}

/** How a table's stream is followed. */
export interface FollowSettings {
  /**
   * Max write units a second that bring items up, of all invocations together.
   *
   * @default 100
   */
  readonly units?: number | undefined;
  /**
   * Max invocations at a time. They are reserved from the account's concurrency.
   *
   * @default 2
   */
  readonly concurrency?: number | undefined;
  /**
   * Attribute of the items in which the application says who wrote them, such as `updatedBy`: `status` shows who still writes the old shape.
   *
   * @default none: the writers are not known
   */
  readonly writerAttribute?: string | undefined;
}

/** A statement of an IAM policy, as in its JSON. */
export interface StatementSettings {
  /** @default Allow */
  readonly Effect?: 'Allow' | 'Deny' | undefined;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  readonly Sid?: string | undefined;
}

/** Where the value of a variable is; `key` is the ARN of the customer's KMS key, if one encrypts it. */
export type SecretSettings =
  | { readonly secret: string; readonly field?: string | undefined; readonly key?: string | undefined }
  | { readonly parameter: string; readonly key?: string | undefined };

/** What people can be notified of. */
export type NotifiedOf =
  | 'failed'
  | 'started'
  | 'refused'
  | 'paused'
  | 'resumed'
  /** A run at its limit of changes waits for one. */
  | 'approval'
  | 'applied'
  | 'rolledBack'
  | 'succeeded'
  | 'budget';

/** What transformations may do by clients of their own. */
export interface TeamPermissions {
  /** Of the function that calls `prepare`. */
  readonly prepare?: readonly StatementSettings[] | undefined;
  /** Of the functions that call `transformUp` and `transformDown`. */
  readonly transform?: readonly StatementSettings[] | undefined;
}

/** A VPC that exists already. */
export interface VpcSettings {
  /** `vpc-0a1b2c3d` */
  readonly vpcId: string;
  /** Private subnets, from which DynamoDB and Step Functions can be reached. */
  readonly subnetIds: readonly string[];
  /** @default a new group without inbound rules */
  readonly securityGroupIds?: readonly string[] | undefined;
}

/** Defaults of the command's flags, in camelCase, such as `{ writeUnits: 500 }` for `--write-units 500`. */
export type FlagSettings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/**
 * The service: the properties of the CDK construct, with ARNs and names in place of constructs. Its documentation is that of the properties:
 * docs/deploy.md.
 */
export interface ServiceSettings {
  /**
   * Prefix of all names. Up to 20 lower-case letters, digits and hyphens.
   *
   * @default dynamodt
   */
  readonly name?: string | undefined;
  /** The tables by the names of their folders under `transformations`. */
  readonly tables?: Readonly<Record<string, ConfiguredTable>> | undefined;
  /** Tables that transformations may read, in addition to `tables`, by the names for `context.tableNameOf`. */
  readonly lookupTables?: Readonly<Record<string, ConfiguredTable>> | undefined;
  /**
   * The team's folder, relative to the file of the configuration.
   *
   * @default transformations
   */
  readonly transformations?: string | undefined;
  /** Folders whose tables are in other stages only. */
  readonly tablesElsewhere?: readonly string[] | undefined;
  /** Variables of the functions that call transformations. Never a secret: give its name, and read it in `prepare`. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /**
   * Variables whose values are in Secrets Manager, `{ secret: 'shop/api-key' }`, with `field` for one of a JSON secret, or in the Parameter Store,
   * `{ parameter: '/shop/api-key' }`. A secret or parameter is given by its name in this account and region.
   */
  readonly secrets?: Readonly<Record<string, SecretSettings>> | undefined;
  /** What transformations may do by clients of their own. Never a write. */
  readonly permissions?: TeamPermissions | undefined;
  /** ARNs of Lambda layers of the functions that call transformations. */
  readonly layers?: readonly string[] | undefined;
  /** ARN of the KMS key that encrypts ledger and preparations. */
  readonly encryptionKey?: string | undefined;
  /**
   * `destroy` for a stage whose records may be lost.
   *
   * @default retain
   */
  readonly removalPolicy?: 'retain' | 'destroy' | undefined;
  /**
   * MB of the function that transforms segments.
   *
   * @default 512
   */
  readonly memorySize?: number | undefined;
  /** Lambda concurrency reserved for the workers. */
  readonly reservedConcurrency?: number | undefined;
  /**
   * Days for which journals are kept. Within this time, versions that do more than add can be taken back without a transformDown.
   *
   * @default 35
   */
  readonly journalRetention?: number | undefined;
  /**
   * The hours in which runs may write, such as `22:00-06:00 Europe/Berlin`: outside of them a run waits, and goes on by itself.
   *
   * @default any
   */
  readonly onlyBetween?: string | undefined;
  /**
   * `true` encrypts the log groups under the service's key; an ARN, under that key.
   *
   * @default false
   */
  readonly encryptLogs?: boolean | string | undefined;
  /**
   * Days that logs are kept, as CloudWatch allows.
   *
   * @default 90
   */
  readonly logRetention?: number | undefined;
  /** ARNs of alarms of the application: while one lasts, runs are paused. */
  readonly pauseOn?: readonly string[] | undefined;
  /** ARN of an SNS topic that is told of failed runs and of alarms. */
  readonly notify?: string | undefined;
  /**
   * What the topic is told of, beside the alarms.
   *
   * @default ['failed']
   */
  readonly notifyOf?: readonly NotifiedOf[] | undefined;
  /**
   * ARN of the bus of EventBridge that gets an event for each transition of a run; `false` for none.
   *
   * @default true: the account's default bus
   */
  readonly events?: boolean | string | undefined;
  /** X-Ray traces of functions and state machines. */
  readonly tracing?: boolean | undefined;
  /** The VPC of the functions. */
  readonly vpc?: VpcSettings | undefined;
  /**
   * Min milliseconds between two checks by a worker if the run is paused, throttled or stopped.
   *
   * @default 3000
   */
  readonly controlInterval?: number | undefined;
}

/** What a stage may set. Tables, variables and flags are added to those of all stages, by their names; other settings replace them. */
export interface StageSettings extends ServiceSettings {
  /** @default that of the environment: AWS_REGION, or the profile's */
  readonly region?: string | undefined;
  /** Profile of the AWS configuration files. */
  readonly profile?: string | undefined;
  /** Defaults of flags, by verb: `{ up: { writeUnits: 500 }, plan: { sample: 2000 } }`. */
  readonly flags?: Readonly<Record<string, FlagSettings>> | undefined;
}

/** `dynamodt.config.ts`. */
export interface DynamodtConfig extends StageSettings {
  /** What differs from stage to stage, by the name for `--stage`. */
  readonly stages?: Readonly<Record<string, StageSettings>> | undefined;
}

/** Gives the configuration for a stage: that of `--stage` or DYNAMODT_STAGE. */
export type ConfigFunction = (asked: { stage: string | undefined }) => DynamodtConfig | Promise<DynamodtConfig>;
