import { Aws } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { eventSource } from '../../core/run/events/run-event.ts';
import type { Permission } from '../deployed-functions.ts';
import type { DeployedNames } from '../names.ts';
import type { TeamTable } from '../team-tables.ts';

/** What permissions are on. */
export interface Permitted {
  names: DeployedNames;
  tables: readonly TeamTable[];
  /** Names of the tables of which a version is about what an index shows. */
  readByIndex: readonly string[];
  /** Tables into which transformations insert, and whose own items they do not transform. */
  otherTables: readonly TeamTable[];
  /** By its name, not as a resource: the ledger is created after all that uses it. */
  ledger: Pick<Table, 'tableArn'>;
  bucket: Bucket;
  key: IKey;
  /** Name of the composite alarm that pauses runs; undefined without `pauseOn`. */
  pauseAlarm: string | undefined;
  /** ARN of the bus that gets events of runs; undefined if none does. */
  eventBusArn: string | undefined;
}

/**
 * The statements of a function's policy: one for the ledger's and the tables' keys each, where it may touch any of them, then those of
 * each permission. A list of tables or keys is cut, so that policies can hold the parts. Actions are those that the code was seen to call, which test/engine/permissions/permissions.test.ts records.
 */
export function statementsOf(may: readonly Permission[], on: Permitted, ...actionsOnTables: string[]): PolicyStatement[] {
  const touches = (touching: readonly Permission[]): boolean => may.some((permission) => touching.includes(permission));
  return [
    ...(touches(touchingLedger) ? [useOfKeys([on.key], 'dynamodb', touches(writingLedger))] : []),
    ...(touches(touchingTables) ? useOfTableKeys(on.tables, touches(['transformTables'])) : []),
    ...(touches(['transformTables']) ? useOfTableKeys(on.otherTables, true) : []),
    ...onTables(on.tables, ...may.flatMap((permission) => tableActions[permission] ?? []), ...actionsOnTables),
    ...(touches(['scanTables', 'transformTables']) ? onIndexes(on, ...readingIndexes) : []),
    ...onTables(on.otherTables, ...may.flatMap((permission) => otherTableActions[permission] ?? [])),
    ...may.flatMap((permission) => statements[permission]?.(on) ?? []),
  ];
}

/** For versions that are about some partitions only, or about what an index shows; and to look under the keys of items that versions insert. */
const readingScopes = ['Query', 'BatchGetItem'];
const readingIndexes = ['Scan', 'Query'];

/** What each permission allows on the tables: one list of all actions, since each list names every table. */
const tableActions: Partial<Record<Permission, readonly string[]>> = {
  describeTables: ['DescribeTable'],
  scanTables: ['Scan', ...readingScopes],
  // The item in which dynamo-data-transform recorded what it ran.
  readPredecessor: ['GetItem'],
  // BatchExecuteStatement asks for the actions of its statements; transactions ask for those of their parts.
  transformTables: [
    'Scan',
    ...readingScopes,
    'GetItem',
    'PartiQLUpdate',
    'PartiQLDelete',
    'UpdateItem',
    'DeleteItem',
    'PutItem',
    'ConditionCheckItem',
  ],
};

/** To look under keys, to insert, to change what is there as `onExisting` says, and to delete on the way down. */
const otherTableActions: Partial<Record<Permission, readonly string[]>> = {
  describeOtherTables: ['DescribeTable'],
  transformTables: ['BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
};

/** What the follower asks for on followed tables: it neither scans, inserts nor deletes. */
const followActions = ['DescribeTable', 'GetItem', 'BatchGetItem', 'PartiQLUpdate', 'UpdateItem'];

const touchingTables: readonly Permission[] = ['scanTables', 'readPredecessor', 'transformTables'];
const writingLedger: readonly Permission[] = [
  'beginRuns',
  'settleRuns',
  'keepCheckpoints',
  'recordEndings',
  'controlRuns',
  'publishCatalog',
  'recordPreparations',
  'recordFollowing',
];
const touchingLedger: readonly Permission[] = ['readLedger', 'readControl', 'readRuns', ...writingLedger];

const journalBinding = ['table', 'sequence', 'run', 'pass', 'segment', 'attempt'];

/** What each permission allows on everything else. `lookUp` allows it by the role that createReaderRole makes. */
const statements: Partial<Record<Permission, (on: Permitted) => PolicyStatement[]>> = {
  readLedger: ({ ledger }) => [onLedger(ledger, ['GetItem', 'Query'])],
  readControl: ({ ledger }) => [onLedger(ledger, ['GetItem'])],
  readRuns: ({ ledger }) => [onLedger(ledger, ['Query'])],
  beginRuns: ({ ledger }) => [onLedger(ledger, ['PutItem', 'UpdateItem'], ['table#*', 'run#*'])],
  // By the transaction that takes a table.
  respectHolds: ({ ledger }) => [onLedger(ledger, ['ConditionCheckItem'], ['holds#*'])],
  // CloudWatch describes composite alarms only to those who may describe all alarms.
  describePauseAlarm: ({ pauseAlarm }) =>
    pauseAlarm === undefined ? [] : [new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] })],
  tellEvents: ({ eventBusArn }) => putEvents(eventBusArn),
  settleRuns: ({ ledger }) => [
    onLedger(ledger, ['PutItem', 'UpdateItem'], ['table#*', 'run#*']),
    onLedger(ledger, ['DeleteItem'], ['seeds#*']),
  ],
  // Team code runs in this function: it can neither take a table nor mark a version or a run, only write checkpoints, count, and share a budget.
  keepCheckpoints: ({ ledger }) => [
    onLedger(ledger, ['PutItem'], ['checkpoints#*']),
    onLedger(ledger, ['BatchWriteItem'], ['failures#*', 'toChange#*']),
    onLedger(ledger, ['UpdateItem'], ['seeds#*'], ['pk', 'sk', 'position', 'inserted']),
    onLedger(
      ledger,
      ['UpdateItem'],
      ['run#*#control'],
      ['pk', 'sk', 'failures', 'decisionNumber', 'fence', 'sharedAt', 'workers', 'claimed'],
    ),
  ],
  recordEndings: ({ ledger }) => [onLedger(ledger, ['UpdateItem'], ['table#*'])],
  controlRuns: ({ ledger }) => [onLedger(ledger, ['UpdateItem'], ['run#*#control'])],
  // Code that a deploy keeps can run in functions that write tables, so no function that runs code of the team may put any.
  publishCatalog: ({ ledger }) => [onLedger(ledger, ['PutItem'], ['catalog', 'code#*'])],
  recordPreparations: ({ ledger }) => [onLedger(ledger, ['PutItem'], ['table#*'])],
  writePreparations: ({ bucket, key, tables }) => [
    new PolicyStatement({ actions: ['s3:PutObject', 's3:GetObject'], resources: [bucket.arnForObjects('preparations/*')] }),
    tellsMissing(bucket),
    useOfKeys([key], 's3', true),
    ...preparationKey(key, tables, ['kms:GenerateDataKey', 'kms:Decrypt']),
  ],
  readPreparations: ({ bucket, key, tables }) => [
    new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects('preparations/*')] }),
    tellsMissing(bucket),
    useOfKeys([key], 's3', false),
    ...preparationKey(key, tables, ['kms:Decrypt']),
  ],
  keepJournals: ({ bucket, key }) => [
    new PolicyStatement({ actions: ['s3:PutObject', 's3:GetObject'], resources: [bucket.arnForObjects('journal/*')] }),
    tellsMissing(bucket),
    useOfKeys([key], 's3', true),
    boundKey(key, journalBinding, ['kms:GenerateDataKey', 'kms:Decrypt']),
  ],
  readJournals: ({ bucket, key }) => [
    new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects('journal/*')] }),
    tellsMissing(bucket),
    useOfKeys([key], 's3', false),
    boundKey(key, journalBinding, ['kms:Decrypt']),
  ],
  encryptParameters: ({ key }) => [parameterKey(key, ['kms:Encrypt', 'kms:Decrypt'])],
  decryptParameters: ({ key }) => [parameterKey(key, ['kms:Decrypt'])],
  describeExecutions: ({ names }) => [
    new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [names.executionsArn('transform-table')] }),
  ],
  readStreams: ({ tables }) => [
    ...inParts(followed(tables), ({ arnLength }) => arnLength + lengthOfStreamLabel).map(
      (part) =>
        new PolicyStatement({
          actions: ['DescribeStream', 'GetRecords', 'GetShardIterator'].map((action) => `dynamodb:${action}`),
          resources: part.flatMap(({ follows }) => (follows ? [follows.streamArn] : [])),
        }),
    ),
    // It names no stream: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    new PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }),
  ],
  followTables: ({ tables }) => [...useOfTableKeys(followed(tables), true), ...onTables(followed(tables), ...followActions)],
  recordFollowing: ({ ledger }) => [onLedger(ledger, ['PutItem', 'UpdateItem', 'DeleteItem'], ['follow#*'])],
  answerTasks: ({ names }) => [
    new PolicyStatement({ actions: ['states:SendTaskSuccess'], resources: [names.stateMachineArn('transform-table')] }),
  ],
};

/** What the role by which transformations look things up may do: read items, and no more. */
export function lookupStatements(tables: readonly TeamTable[]): PolicyStatement[] {
  const actions = ['DescribeTable', 'GetItem', 'BatchGetItem', 'Query', 'Scan'].map((action) => `dynamodb:${action}`);
  const parts = inParts(tables, ({ arnLength }) => 2 * arnLength + '/index/*'.length);
  return [
    ...useOfTableKeys(tables, false),
    ...parts.map(
      (part) => new PolicyStatement({ actions, resources: part.flatMap(({ table }) => [table.tableArn, `${table.tableArn}/index/*`]) }),
    ),
  ];
}

/** `/stream/2026-01-01T00:00:00.000` */
const lengthOfStreamLabel = 31;

/** Those whose stream is followed. */
export function followed(tables: readonly TeamTable[]): TeamTable[] {
  return tables.filter(({ follows }) => follows !== undefined);
}

export function onTables(tables: readonly TeamTable[], ...actions: string[]): PolicyStatement[] {
  if (actions.length === 0) return [];
  return inParts(tables, ({ arnLength }) => arnLength).map(
    (part) =>
      new PolicyStatement({
        actions: [...new Set(actions)].map((action) => `dynamodb:${action}`),
        resources: part.map(({ table }) => table.tableArn),
      }),
  );
}

/** Of few tables, as policies have little room: with each list of tables, they would be twice as long. */
function onIndexes({ tables, readByIndex }: Permitted, ...actions: string[]): PolicyStatement[] {
  const read = tables.filter(({ name }) => readByIndex.includes(name));
  return inParts(read, ({ arnLength }) => arnLength + '/index/*'.length).map(
    (part) =>
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources: part.map(({ table }) => `${table.tableArn}/index/*`),
      }),
  );
}

/** Characters of the resources of one statement: two of them, with all actions and conditions, are less than a managed policy can hold. */
const maxListed = 2600;

function inParts<T>(list: readonly T[], lengthOf: (element: T) => number): T[][] {
  const parts: T[][] = [];
  let left = 0;
  for (const element of list) {
    const length = lengthOf(element) + '"",'.length;
    if (length > left) {
      parts.push([]);
      left = maxListed;
    }
    parts.at(-1)?.push(element);
    left -= length;
  }
  return parts;
}

/** Our own events only: nobody can be told by it that something happened to another service. */
export function putEvents(eventBusArn: string | undefined): PolicyStatement[] {
  if (eventBusArn === undefined) return [];
  // A request has a source for each of its events. ForAllValues holds for a request that has no such value at all.
  const conditions = { 'ForAllValues:StringEquals': { 'events:source': eventSource }, Null: { 'events:source': 'false' } };
  return [new PolicyStatement({ actions: ['events:PutEvents'], resources: [eventBusArn], conditions })];
}

/** @param keys patterns of partition keys, @param attributes the only names that a request may mention */
export function onLedger(ledger: Permitted['ledger'], actions: string[], keys?: string[], attributes?: string[]): PolicyStatement {
  return new PolicyStatement({
    actions: actions.map((action) => `dynamodb:${action}`),
    resources: [ledger.tableArn],
    ...(keys
      ? {
          conditions: {
            'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
            ...(attributes ? { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes } } : {}),
            // ForAllValues holds for a request that has no such value at all.
            Null: { 'dynamodb:LeadingKeys': 'false', ...(attributes ? { 'dynamodb:Attributes': 'false' } : {}) },
          },
        }
      : {}),
  });
}

const writesOfKeys = ['Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo'].map(
  (action) => `kms:${action}`,
);

/** Keys that a service uses on behalf of its caller: https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html */
export function useOfKeys(keys: readonly IKey[], service: 'dynamodb' | 's3' | 'ssm' | 'secretsmanager', writes: boolean): PolicyStatement {
  return new PolicyStatement({
    actions: ['kms:Decrypt', 'kms:DescribeKey', ...(writes ? writesOfKeys : [])],
    resources: keys.map(({ keyArn }) => keyArn),
    conditions: { StringEquals: { 'kms:ViaService': endpointsOf(service) } },
  });
}

/** A list, since in China some services name themselves under `amazonaws.com`, and others under `amazonaws.com.cn`. */
function endpointsOf(service: string): string[] {
  return ['amazonaws.com', Aws.URL_SUFFIX].map((suffix) => `${service}.${Aws.REGION}.${suffix}`);
}

function useOfTableKeys(tables: readonly TeamTable[], writes: boolean): PolicyStatement[] {
  const keys = new Map(tables.flatMap(({ key }) => (key ? [[key.keyArn, key] as const] : [])));
  return inParts([...keys.values()], () => lengthOfKeyArn).map((part) => useOfKeys(part, 'dynamodb', writes));
}

/** `arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-` and 36 characters, at most. */
const lengthOfKeyArn = 92;

/** Without it S3 answers that a missing object is forbidden: PreparationMissing and JournalMissing could not be told from a lack of permission. */
function tellsMissing(bucket: Bucket): PolicyStatement {
  return new PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] });
}

/** Use of the key for preparations, which are encrypted before S3 sees them: KMS is asked with an encryption context of table, sequence and checksum. */
function preparationKey(key: IKey, tables: readonly TeamTable[], actions: string[]): PolicyStatement[] {
  return inParts(tables, ({ name }) => name.length).map(
    (part) =>
      new PolicyStatement({
        actions,
        resources: [key.keyArn],
        conditions: {
          StringEquals: { 'kms:EncryptionContext:dynamodt:table': part.map(({ name }) => name) },
          Null: { 'kms:EncryptionContext:dynamodt:sequence': 'false', 'kms:EncryptionContext:dynamodt:checksum': 'false' },
        },
      }),
  );
}

/** Use of the key for secret parameters: KMS is asked with an encryption context of table, version and name, and refuses a request without one. */
export function parameterKey(key: IKey, actions: string[]): PolicyStatement {
  return boundKey(key, ['table', 'sequence', 'parameter'], actions);
}

/** @param names of what the encryption context must have */
function boundKey(key: IKey, names: readonly string[], actions: string[]): PolicyStatement {
  const bound = names.map((name) => [`kms:EncryptionContext:dynamodt:${name}`, 'false']);
  return new PolicyStatement({ actions, resources: [key.keyArn], conditions: { Null: Object.fromEntries(bound) } });
}

/** ARNs of the tables, with the number of characters they will have. */
export function arnLengths(tables: readonly TeamTable[]): Map<string, number> {
  return new Map(tables.map(({ table, arnLength }) => [table.tableArn, arnLength]));
}
