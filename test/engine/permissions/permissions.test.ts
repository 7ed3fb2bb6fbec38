import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { RedriveExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { App, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Dynamodt } from 'dynamodt/cdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Shares } from '../../../aws/ledger/shares.ts';
import { deployedFunctions } from '../../../infra/deployed-functions.ts';
import { freePort } from '../../support/free-port.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../../support/service.ts';
import { builtOnce, env } from '../../support/synthesise.ts';
import { account, ResolvedTemplate, region, type Statement } from '../../support/template.ts';
import { isAllowed } from './is-allowed.ts';
import { type Needed, neededPermissions } from './needed-permissions.ts';
import { type Call, type Recorder, startRecorder } from './recorder.ts';
import { brokenFile, followedFile, mainFiles, mendedFile, preparedFile, slowFile, unpreparedFile } from './transformations.ts';

/**
 * Least privilege, both ways: whatever the functions were seen to call while they do all they can do, their policies allow; and what
 * the policies allow, was seen.
 */

const name = uniqueName('p').toLowerCase();
const [main, slow, failing, unprepared, streamed, lookup, written] = [
  ...['Main', 'Slow', 'Failing', 'Unprepared', 'Followed', 'Lookup', 'Written'].map(uniqueName),
] as [string, string, string, string, string, string, string];
const tables = [main, slow, failing, unprepared, streamed];
const streamArn = `${tableArn(streamed)}/stream/2026-01-01T00:00:00.000`;
const keyArn = `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`;
const localKeyArn = `arn:aws:kms:${region}:${account}:key/${name}-local`;

function tableArn(table: string): string {
  return `arn:aws:dynamodb:${region}:${account}:table/${table}`;
}

let folder: string;
let recorder: Recorder;
let service: Service;
let template: ResolvedTemplate;
let readerArn: string;

/** The statements of a function's own role, or of the role that reads. */
function statementsOf(principal: string): Statement[] {
  return template.statementsOf(
    principal === 'reader' ? readerArn : template.one('AWS::Lambda::Function', { FunctionName: `${name}-${principal}` }).Properties.Role,
  );
}

beforeAll(async () => {
  await builtOnce();
  folder = await mkdtemp(join(tmpdir(), 'dynamodt-permissions-'));
  const files: Record<string, string> = {
    [`${slow}/v1.ts`]: slowFile,
    [`${failing}/v1.ts`]: brokenFile,
    [`${unprepared}/v1.ts`]: unpreparedFile,
    [`${streamed}/v1.ts`]: followedFile(lookup),
  };
  for (const [file, text] of Object.entries(mainFiles(lookup, written))) files[`${main}/${file}`] = text;
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, 'transformations', file)), { recursive: true });
    await writeFile(join(folder, 'transformations', file), text);
  }
  template = synthesised();
  readerArn = template.all('AWS::IAM::Role').find(([id]) => id.includes('Reader'))?.[0] ?? '';

  const port = await freePort();
  recorder = await startRecorder({ dynamodb: process.env['DYNAMODB_URL'] ?? '', others: `http://127.0.0.1:${port}` });
  service = await startService(files, {
    name,
    port,
    environment: {
      AWS_ENDPOINT_URL: recorder.url,
      AWS_ENDPOINT_URL_DYNAMODB: recorder.url,
      DYNAMODT_READER_ROLE: `arn:aws:iam::${account}:role/${readerArn}`,
      DYNAMODT_PAUSE_ALARM: `${name}-pause-runs`,
      DYNAMODT_LEASE_MS: '1500',
      DYNAMODT_CONTROL_INTERVAL_MS: '200',
      DYNAMODT_FOLLOW: JSON.stringify({ [streamed]: { units: 1000, concurrency: 1 } }),
    },
  });
  await everythingOnce();
}, 480_000);
afterAll(async () => {
  await service?.close();
  await recorder?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The service's template over the same tables and files. */
function synthesised(): ResolvedTemplate {
  const app = new App({ outdir: join(folder, 'cdk.out'), analyticsReporting: false });
  const stack = new Stack(app, 'Service', { env });
  const imported = (table: string) => ({ table: Table.fromTableName(stack, `Table${table}`, table), encryption: 'aws' as const });
  new Dynamodt(stack, 'Dynamodt', {
    name,
    transformations: join(folder, 'transformations'),
    tables: {
      ...Object.fromEntries(tables.map((table) => [table, imported(table)])),
      [streamed]: {
        table: Table.fromTableAttributes(stack, 'Stream', { tableName: streamed, tableStreamArn: streamArn }),
        encryption: 'aws',
        follow: true,
      },
    },
    lookupTables: { [lookup]: imported(lookup), [written]: imported(written) },
    encryptionKey: Key.fromKeyArn(stack, 'Key', keyArn),
    pauseOn: [Alarm.fromAlarmArn(stack, 'Alarm', `arn:aws:cloudwatch:${region}:${account}:alarm:HighLatency`)],
  });
  app.synth();
  return new ResolvedTemplate(app.outdir, 'Service');
}

async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await setTimeout(20);
}

function control(action: string, more = {}) {
  return service.aws.invoke('control-run', { table: slow, action, by: 'user:test', ...more });
}

/** Does whatever the service can do, at least once. */
async function everythingOnce(): Promise<void> {
  const { dynamodb, sfn } = service;
  for (const table of [slow, failing, unprepared, streamed, written]) await createTable(dynamodb, table);
  await dynamodb.send(new PutItemCommand({ TableName: written, Item: { id: { S: 'i1' }, theirs: { BOOL: true } } }));
  for (const TableName of [main, lookup])
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: ['id', 'kind'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        GlobalSecondaryIndexes: [
          { IndexName: 'byKind', KeySchema: [{ AttributeName: 'kind', KeyType: 'HASH' }], Projection: { ProjectionType: 'ALL' } },
        ],
      }),
    );
  await dynamodb.send(new PutItemCommand({ TableName: lookup, Item: { id: { S: 'p' }, kind: { S: 'k' }, price: { N: '7' } } }));
  const ids = ['gone', 'moved', 'copied', 'odd', ...Array.from({ length: 60 }, (_, n) => `i${n}`)];
  for (const table of tables)
    await putAll(
      dynamodb,
      table,
      ids.map((id) => ({ id: { S: id }, ...(id === 'i3' ? { kind: { S: 'k' } } : {}) })),
    );
  await service.aws.invoke('publish-catalog', {});

  // A failed condition that comes without the item makes the worker read it.
  let answered = false;
  recorder.instead = ({ operation, body }) => {
    if (answered || operation !== 'BatchExecuteStatement') return undefined;
    answered = true;
    return { Responses: (body['Statements'] as object[]).map(() => ({ Error: { Code: 'ConditionalCheckFailed', Message: '' } })) };
  };
  expect((await service.run({ table: main, totalSegments: 2 })).errorMessage).toBe('');
  recorder.instead = () => undefined;
  expect((await service.run({ table: main, totalSegments: 2, direction: 'down', to: 0 })).error).toBeUndefined();

  // Code that a redrive adopts, in SettlePass and in Prepare, and that has a secret parameter since.
  const failed = await service.run({ table: failing, totalSegments: 2 });
  expect(failed.error).toBe('ItemsFailed');
  const without = await service.run({ table: unprepared, totalSegments: 2 });
  expect(without.error).toBe('PreparationInvalid');
  await service.deploy({ [`${failing}/v1.ts`]: mendedFile, [`${unprepared}/v1.ts`]: preparedFile });
  for (const { executionArn } of [failed, without]) {
    await sfn.send(new RedriveExecutionCommand({ executionArn }));
    expect((await service.ended(executionArn ?? '')).error).toBeUndefined();
  }

  const started = await service.start({ table: slow, totalSegments: 2, writeUnits: 2 });
  await until(async () => (await service.ledger.lock(slow)) !== undefined);
  await control('pause');
  const run = (await service.ledger.lock(slow))?.run ?? '';
  await until(async () => (await service.ledger.control(run))?.marks.taskToken !== undefined);
  await control('resume');
  await control('stop');
  expect((await service.ended(started)).error).toBe('Stopped');
  const aborted = await service.start({ table: slow, totalSegments: 2, writeUnits: 2 });
  await until(async () => (await service.ledger.lock(slow))?.execution === aborted);
  await sfn.send(new StopExecutionCommand({ executionArn: aborted }));
  await until(async () => (await service.ledger.runs(slow))[0]?.status === 'aborted');

  const followed = await service.start({ table: slow, totalSegments: 2, writeUnits: 2 });
  await until(async () => (await service.ledger.lock(slow))?.execution === followed);
  const all = service.runAll({});
  await until(() => recorder.calls.some((call) => call.function === 'follow-run'));
  await control('throttle', { writeUnits: 5000 });
  expect((await all).error).toBeUndefined();
  // Where a run was resumed before its execution came to wait, the token is answered at once.
  await service.aws.invoke('wait-for-resume', { run, token: 'of a task that waits no more' });
  await shareBudget(run);
  await followOnce();
}

/** Makes the follower do each thing that needs a permission: read an item, write one, decide again after a lost race, record a failure, and mend it. */
async function followOnce(): Promise<void> {
  const { dynamodb } = service;
  expect((await service.run({ table: streamed, totalSegments: 2 })).error).toBeUndefined();
  await service.aws.invoke('publish-catalog', {
    ResourceProperties: { tables: Object.fromEntries(tables.map((table) => [table, table])), follows: [streamed] },
  });
  // PartiQL cannot say the name of an attribute of one of them.
  const old: RawItem[] = [
    { id: { S: 'read' } },
    { id: { S: 'odd' }, '#odd': { BOOL: true } },
    { id: { S: 'bad' }, broken: { BOOL: true } },
  ];
  await putAll(dynamodb, streamed, [...old, { id: { S: 'shown' } }]);
  let isLost = false;
  recorder.instead = ({ operation, body }) => {
    if (isLost || operation !== 'BatchExecuteStatement') return undefined;
    isLost = true;
    return { Responses: (body['Statements'] as object[]).map(() => ({ Error: { Code: 'ConditionalCheckFailed', Message: '' } })) };
  };
  const record = (id: string, sequence: number, image: object) => ({
    eventName: 'INSERT',
    eventSourceARN: streamArn,
    dynamodb: { Keys: { id: { S: id } }, SequenceNumber: String(sequence), ...image },
  });
  const Records = [
    ...['read', 'odd', 'bad'].map((id, index) => record(id, index + 1, {})),
    record('shown', 4, { NewImage: { id: { S: 'shown' } } }),
  ];
  expect(await service.aws.invoke('follow-stream', { Records })).toEqual({ batchItemFailures: [] });
  recorder.instead = () => undefined;
  await putAll(dynamodb, streamed, [{ id: { S: 'bad' } }]);
  expect(await service.aws.invoke('follow-stream', { table: streamed, retry: true })).toEqual({ retried: 1, mended: 1, failed: 0 });
  const items = await readAll(dynamodb, streamed);
  expect([...items.values()].filter(({ total }) => total === undefined)).toEqual([]);
}

/** What a worker does when its share of the budget has held it up for seconds, and another one is done. */
async function shareBudget(run: string): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: recorder.url, region, credentials, userAgentAppId: 'transform-segment' });
  const shares = new Shares(client, `${name}-ledger`);
  const control = await service.ledger.control(run);
  if (!control) throw new Error(`There is no run ${run}.`);
  expect(await shares.claim(control, Date.now(), Date.now())).toBe(true);
  await shares.finished(control);
  await shares.share(control, 0);
  client.destroy();
}

function unique(needed: readonly Needed[]): Needed[] {
  return [...new Map(needed.map((each) => [JSON.stringify(each), each])).values()];
}

function principalOf(call: Call): string {
  return call.asReader ? 'reader' : call.function;
}

function recorded(principal: string): Needed[] {
  const calls = recorder.calls.filter((call) => principalOf(call) === principal);
  const needed = calls.filter(({ operation }) => operation !== 'SendTaskSuccess').flatMap(neededPermissions);
  return unique(needed.map((each) => ({ ...each, resource: each.resource.replace(localKeyArn, keyArn) })));
}

/** Functions with permissions; the others call nothing, and the recorder sees none of them. */
const calling = Object.keys(deployedFunctions).filter((each) => deployedFunctions[each]?.may.length !== 0);

it('attributes every call to a function', () => {
  expect(recorder.calls.length).toBeGreaterThan(200);
  expect(new Set(recorder.calls.map((call) => call.function))).toEqual(new Set(calling));
});

describe.each([...Object.keys(deployedFunctions), 'reader'])('%s', (principal) => {
  it('may do all that it was seen to do', async () => {
    const needed = recorded(principal);
    expect(needed.length > 0).toBe(principal === 'reader' || calling.includes(principal));
    const statements = statementsOf(principal);
    const refused: Needed[] = [];
    for (const each of needed) if (!(await isAllowed(statements, each))) refused.push(each);
    expect(refused).toEqual([]);
  });

  it('may do nothing that it was not seen to do', () => {
    const seen = new Set(recorded(principal).map(({ action }) => action));
    if (recorder.calls.some((call) => principalOf(call) === principal && call.operation === 'SendTaskSuccess'))
      seen.add('states:SendTaskSuccess');
    const ours = statementsOf(principal).filter(({ Condition }) => !Condition?.['StringEquals']?.['kms:ViaService']);
    const granted = ours.flatMap(({ Action }) => Action);
    expect(granted.filter((action) => !seen.has(action) && !notSeenHere.test(action))).toEqual([]);
  });
});

/**
 * Uses by Lambda, DynamoDB and S3 in the function's name, which no local service makes, such as reading streams. A ConditionCheck is sent for
 * inserts beside an item that stays, which only a function asks for that answers differently when it is asked twice.
 */
const notSeenHere =
  /^logs:|^sqs:SendMessage$|^s3:ListBucket$|^dynamodb:(ConditionCheckItem|DescribeStream|GetRecords|GetShardIterator|ListStreams)$/;

describe('what a function may not do', () => {
  const may = (principal: string, action: string, resource: string, context: Needed['context'] = {}): Promise<boolean> =>
    isAllowed(statementsOf(principal), { action: `dynamodb:${action}`, resource, context });
  const writes = ['PartiQLUpdate', 'PartiQLDelete', 'PartiQLInsert', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
  const ledger = tableArn(`${name}-ledger`);

  it('the worker writes no table that was not given, nor one that is only looked up in', async () => {
    for (const action of writes) {
      expect(await may('transform-segment', action, tableArn('Other')), action).toBe(false);
      expect(await may('transform-segment', action, tableArn(lookup)), action).toBe(false);
    }
    expect(await may('transform-segment', 'PutItem', tableArn(main))).toBe(true);
    expect(await may('transform-segment', 'PutItem', tableArn(written))).toBe(true);
    for (const action of ['Scan', 'PartiQLUpdate', 'PartiQLDelete', 'BatchWriteItem', 'DeleteTable'])
      expect(await may('transform-segment', action, tableArn(written)), action).toBe(false);
    for (const action of writes) expect(await may('start-run', action, tableArn(written)), action).toBe(false);
    for (const action of ['DeleteTable', 'UpdateTable', 'CreateBackup', 'UpdateTimeToLive'])
      expect(await may('transform-segment', action, tableArn(main)), action).toBe(false);
  });

  it('the worker neither takes a table nor marks a version or a run in the ledger', async () => {
    const at = (key: string, ...attributes: string[]) => ({
      'dynamodb:LeadingKeys': [key],
      'dynamodb:Attributes': ['pk', 'sk', ...attributes],
    });
    expect(await may('transform-segment', 'PutItem', ledger, at(`table#${main}`, 'run', 'fence'))).toBe(false);
    expect(await may('transform-segment', 'UpdateItem', ledger, at(`table#${main}`, 'fence'))).toBe(false);
    expect(await may('transform-segment', 'UpdateItem', ledger, at(`table#${main}`, 'status'))).toBe(false);
    for (const attribute of ['paused', 'stopped', 'ended', 'checksum', 'pass'])
      for (const action of writes)
        expect(await may('transform-segment', action, ledger, at('run#r1#control', attribute)), `${action} ${attribute}`).toBe(false);
    for (const action of ['PutItem', 'BatchWriteItem', 'DeleteItem'])
      expect(await may('transform-segment', action, ledger, at('run#r1#control')), action).toBe(false);
    expect(await may('transform-segment', 'UpdateItem', ledger, at('run#r1#control', 'failures'))).toBe(true);
    expect(await may('transform-segment', 'PutItem', ledger, at('checkpoints#r1#0', 'position'))).toBe(true);
    expect(await may('transform-segment', 'DeleteItem', ledger, at(`table#${main}`))).toBe(false);
    expect(await may('transform-segment', 'PutItem', ledger, at('catalog', 'tables'))).toBe(false);
    expect(await may('transform-segment', 'UpdateItem', ledger, at(`seeds#${main}`, 'position'))).toBe(true);
    expect(await may('transform-segment', 'UpdateItem', ledger, at(`table#${main}`, 'position'))).toBe(false);
  });

  it('the follower changes items of followed tables only, inserts and deletes none, and writes no other record', async () => {
    for (const table of [main, lookup, written, 'Other'])
      for (const action of writes) expect(await may('follow-stream', action, tableArn(table)), action).toBe(false);
    for (const action of ['PutItem', 'DeleteItem', 'PartiQLInsert', 'PartiQLDelete', 'BatchWriteItem'])
      expect(await may('follow-stream', action, tableArn(streamed)), action).toBe(false);
    expect(await may('follow-stream', 'PartiQLUpdate', tableArn(streamed))).toBe(true);
    for (const key of [`table#${streamed}`, 'run#r1#control', 'checkpoints#r1#0', 'catalog'])
      for (const action of writes)
        expect(
          await may('follow-stream', action, ledger, { 'dynamodb:LeadingKeys': [key], 'dynamodb:Attributes': ['pk', 'sk'] }),
          key,
        ).toBe(false);
  });

  it('lookups write nothing, and read neither the ledger nor other tables', async () => {
    for (const table of [main, lookup])
      for (const action of writes) expect(await may('reader', action, tableArn(table)), action).toBe(false);
    for (const action of ['GetItem', 'Scan', 'Query']) {
      expect(await may('reader', action, ledger), action).toBe(false);
      expect(await may('reader', action, tableArn('Other')), action).toBe(false);
      expect(await may('reader', action, tableArn(lookup)), action).toBe(true);
    }
  });

  it('preparations are encrypted by prepare only, and decrypted for tables that were given and a sequence', async () => {
    const context = (table: string) => ({
      'kms:EncryptionContext:dynamodt:table': [table],
      'kms:EncryptionContext:dynamodt:sequence': ['1'],
      'kms:EncryptionContext:dynamodt:checksum': ['1:a'],
    });
    const mayUse = (principal: string, action: string, of: Needed['context']) =>
      isAllowed(statementsOf(principal), { action: `kms:${action}`, resource: keyArn, context: of });
    expect(await mayUse('prepare', 'GenerateDataKey', context(main))).toBe(true);
    expect(await mayUse('prepare', 'GenerateDataKey', context('Other'))).toBe(false);
    expect(await mayUse('prepare', 'GenerateDataKey', {})).toBe(false);
    expect(await mayUse('transform-segment', 'Decrypt', context(main))).toBe(true);
    expect(await mayUse('transform-segment', 'Decrypt', context('Other'))).toBe(false);
    expect(await mayUse('transform-segment', 'Decrypt', { 'kms:EncryptionContext:dynamodt:table': [main] })).toBe(false);
    for (const principal of Object.keys(deployedFunctions)) {
      if (principal !== 'prepare') expect(await mayUse(principal, 'GenerateDataKey', context(main)), principal).toBe(false);
      const reads = ['prepare', 'transform-segment', 'follow-stream'].includes(principal);
      expect(await mayUse(principal, 'Decrypt', context(main)), principal).toBe(reads);
    }
  });

  it.each(Object.keys(deployedFunctions).filter((each) => !deployedFunctions[each]?.may.includes('transformTables')))(
    '%s writes no table of the team',
    async (principal) => {
      for (const action of writes) expect(await may(principal, action, tableArn(main)), action).toBe(false);
    },
  );

  it.each(Object.keys(deployedFunctions))('%s answers tasks of our own state machine only, if any', (principal) => {
    const answering = statementsOf(principal).filter(({ Action }) => [Action].flat().includes('states:SendTaskSuccess'));
    const own = `arn:aws:states:${region}:${account}:stateMachine:${name}-transform-table`;
    expect(answering.map(({ Resource }) => Resource)).toEqual(deployedFunctions[principal]?.may.includes('answerTasks') ? [own] : []);
  });
});
