import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  type ProvisionedThroughput,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { DescribeExecutionCommand, type DescribeExecutionOutput, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Ledger } from '../../aws/ledger/ledger.ts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../local/local-aws.ts';

export type RawItem = Record<string, AttributeValue>;

/** A deployed service of its own on the tests' DynamoDB: ledger, state machines, functions, and a folder of transformations. */
export interface Service {
  aws: LocalAws;
  dynamodb: DynamoDBClient;
  sfn: SFNClient;
  ledger: Ledger;
  name: string;
  /** The team's transformations. */
  folder: string;
  /** Writes files such as `Users/v1.ts`, or removes those that are undefined: a deploy. */
  deploy(files: Record<string, string | undefined>): Promise<void>;
  /** Deploys files of one table, by name such as `v1.ts`, and waits until the catalog has them. */
  publish(table: string, files: Record<string, string | undefined>): Promise<void>;
  start(input: object): Promise<string>;
  stateMachine(name: 'transform-table' | 'transform-all'): string;
  /** Starts `transform-all` and waits for its end. */
  runAll(input: object): Promise<DescribeExecutionOutput & { errorMessage: string }>;
  /** Starts `transform-table` and waits for its end. */
  run(input: object): Promise<DescribeExecutionOutput & { errorMessage: string }>;
  ended(executionArn: string): Promise<DescribeExecutionOutput & { errorMessage: string }>;
  close(): Promise<void>;
}

const region = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/**
 * Runs up to 2 processes of a function at a time, the second one for what lasts longer than a second. A test about several workers says
 * `maxProcesses`: then all start at once.
 */
export async function startService(
  files: Record<string, string>,
  options: Partial<Omit<LocalAwsOptions, 'transformations'>> = {},
): Promise<Service> {
  const dynamodbUrl = process.env['DYNAMODB_URL'];
  const functions = process.env['FUNCTIONS_FOLDER'];
  if (!dynamodbUrl || !functions) throw new Error('DYNAMODB_URL and FUNCTIONS_FOLDER are not set: run the tests through vitest.config.ts.');
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-test-'));
  const name = options.name ?? `t${randomUUID().slice(0, 8)}`;
  const deploy: Service['deploy'] = async (changed) => {
    for (const [file, text] of Object.entries(changed)) {
      const path = join(folder, file);
      await mkdir(dirname(path), { recursive: true });
      await (text === undefined ? rm(path) : writeFile(path, text));
    }
  };
  await deploy(files);
  const aws = await startLocalAws({
    transformations: folder,
    dynamodb: dynamodbUrl,
    functions,
    maxProcesses: 2,
    patienceMs: options.maxProcesses === undefined ? 1000 : 0,
    name,
    log: () => {},
    ...options,
    // On a loaded computer DynamoDB Local sometimes answers after the client has given up. A suite need not wait half a minute for that. Its
    // indexes do not lag.
    environment: { DYNAMODT_SIGNATURE_LIFETIME: '5', DYNAMODT_INDEX_LAG: '1', ...options.environment },
  });
  const dynamodb = new DynamoDBClient({ ...region, endpoint: dynamodbUrl });
  const sfn = new SFNClient({ ...region, endpoint: aws.url });

  const ended: Service['ended'] = async (executionArn) => {
    const started = performance.now();
    for (;;) {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== 'RUNNING') return { ...execution, errorMessage: messageIn(execution.cause) };
      // An eighth of the time so far: asked every 50 ms, long runs spend a tenth of a processor on the answers.
      await setTimeout(Math.min(250, Math.max(20, (performance.now() - started) / 8)));
    }
  };
  const stateMachine: Service['stateMachine'] = (machine) => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}-${machine}`;
  const startMachine = async (machine: 'transform-table' | 'transform-all', input: object): Promise<string> => {
    const { executionArn = '' } = await sfn.send(
      new StartExecutionCommand({ stateMachineArn: stateMachine(machine), input: JSON.stringify(input) }),
    );
    return executionArn;
  };
  const start: Service['start'] = (input) => startMachine('transform-table', input);
  return {
    aws,
    dynamodb,
    sfn,
    name,
    folder,
    ledger: new Ledger(dynamodb, `${name}-ledger`),
    deploy,
    publish: async (table, changed) => {
      await deploy(Object.fromEntries(Object.entries(changed).map(([file, text]) => [`${table}/${file}`, text])));
      await aws.deploy();
    },
    start,
    ended,
    stateMachine,
    run: async (input) => ended(await start(input)),
    runAll: async (input) => ended(await startMachine('transform-all', input)),
    close: async () => {
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The message of a function's error; the cause itself where it is none. */
function messageIn(cause: string | undefined): string {
  try {
    return JSON.parse(cause ?? '').errorMessage ?? '';
  } catch {
    return cause ?? '';
  }
}

/** Creates a table with the partition key `id`, or the given keys. */
export async function createTable(
  client: DynamoDBClient,
  TableName: string,
  keys: Record<string, 'S' | 'N' | 'B'> = { id: 'S' },
  provisioned?: ProvisionedThroughput,
): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      ...(provisioned ? { ProvisionedThroughput: provisioned } : { BillingMode: 'PAY_PER_REQUEST' }),
      KeySchema: Object.keys(keys).map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
      AttributeDefinitions: Object.entries(keys).map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    }),
  );
}

export async function putAll(client: DynamoDBClient, table: string, items: readonly RawItem[]): Promise<void> {
  for (let index = 0; index < items.length; index += 25)
    await client.send(
      new BatchWriteItemCommand({ RequestItems: { [table]: items.slice(index, index + 25).map((Item) => ({ PutRequest: { Item } })) } }),
    );
}

/** The whole table by the text of `id`, or of the given key attributes. */
export async function readAll(client: DynamoDBClient, table: string, keys: readonly string[] = ['id']): Promise<Map<string, RawItem>> {
  const items = new Map<string, RawItem>();
  for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
    for (const item of page.Items ?? []) items.set(keys.map((key) => JSON.stringify(item[key])).join(), item);
  return items;
}

/** A table name that no other test uses. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}
