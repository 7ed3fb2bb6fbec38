import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  RedriveExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/**
 * Planted in items, keys, a preparation and thrown errors, and looked for wherever the service leaves something: promise 10.
 */
const canary = { item: 'canary-of-items', key: 'canary-of-keys', preparation: 'canary-of-preparations', thrown: 'canary-of-errors' };
const table = uniqueName('Canary');
const logged: string[] = [];
const executions: string[] = [];
/** After each step: an error that a later run clears was there for everybody to read. */
const ledgerItems: RawItem[] = [];
let service: Service;
let s3: S3Client;

function version(prepareThrows: boolean, itemsThrow: boolean): string {
  return `
export const sequence = 1;
export const adds = ['secret'];
export const journal = 'all';
export const prepare = () => {
  ${prepareThrows ? `throw new TypeError('${canary.thrown}');` : ''}
  return { secret: '${canary.preparation}', padding: ['${canary.preparation}'.repeat(1000)] };
};
export const transformUp = (item, { preparation }) => {
  if (${itemsThrow} && item.n % 10 === 0) throw new RangeError('${canary.thrown} ' + item.text + ' ' + item.id + preparation.secret);
  if (${itemsThrow} && item.n % 10 === 1) return { ...item, text: item.text + '${canary.thrown}' };
  if (${itemsThrow} && item.n % 10 === 3) return { ...item, [item.text]: 1 };
  if (${itemsThrow} && item.n % 10 === 4) return { ...item, [item.text]: Symbol('${canary.thrown}') };
  if (${itemsThrow} && item.n % 10 === 5)
    throw Object.assign(new Error(), { name: item.text, stack: 'Error\\n    at ' + item.text + '/v1_' + item.text + '.ts:1:1' });
  if (${itemsThrow} && item.n % 10 === 2) return { ...item, secret: { deep: [Symbol('${canary.thrown}')] } };
  return { ...item, secret: preparation.secret };
};`;
}

async function keepLedger(): Promise<void> {
  const { Items = [] } = await service.dynamodb.send(new ScanCommand({ TableName: `${service.name}-ledger` }));
  ledgerItems.push(...Items);
}

beforeAll(async () => {
  service = await startService({}, { log: (line) => logged.push(line) });
  s3 = new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint: service.aws.url,
    forcePathStyle: true,
  });
  await createTable(service.dynamodb, table);
  const items = Array.from({ length: 100 }, (_, n) => ({
    id: { S: `${canary.key}-${n}` },
    text: { S: `${canary.item}-${n}` },
    n: { N: String(n) },
  }));
  await putAll(service.dynamodb, table, items);

  // Prepare fails; then items fail; then it succeeds, and goes down.
  await service.deploy({ [`${table}/v1.ts`]: version(true, false) });
  const failed = await service.run({ table, totalSegments: 4 });
  expect(failed).toMatchObject({ error: 'PreparationInvalid' });
  await keepLedger();
  await service.deploy({ [`${table}/v1.ts`]: version(false, true) });
  const executionArn = failed.executionArn ?? '';
  await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
  expect(await service.ended(executionArn)).toMatchObject({ error: 'ItemsFailed' });
  await keepLedger();
  await service.deploy({ [`${table}/v1.ts`]: version(false, false) });
  expect(await service.run({ table, totalSegments: 8 })).toMatchObject({ status: 'SUCCEEDED' });
  expect([...(await readAll(service.dynamodb, table)).values()].map((item) => item['secret']?.S)).toEqual(
    Array(100).fill(canary.preparation),
  );
  expect(await service.run({ table, direction: 'down', totalSegments: 8 })).toMatchObject({ status: 'SUCCEEDED' });
  await keepLedger();

  const stateMachineArn = service.stateMachine('transform-table');
  for (const execution of (await service.sfn.send(new ListExecutionsCommand({ stateMachineArn }))).executions ?? []) {
    executions.push(execution.executionArn ?? '');
    const { mapRuns = [] } = await service.sfn.send(new ListMapRunsCommand({ executionArn: execution.executionArn }));
    for (const { mapRunArn } of mapRuns) {
      const children = await service.sfn.send(new ListExecutionsCommand({ mapRunArn }));
      executions.push(...(children.executions ?? []).map((child) => child.executionArn ?? ''));
    }
  }
});
afterAll(async () => {
  s3?.destroy();
  await service?.close();
});

function expectNone(found: string, ...words: string[]) {
  for (const word of words)
    expect(found.includes(word), `${word} in ${found.slice(Math.max(0, found.indexOf(word) - 300), found.indexOf(word) + 50)}`).toBe(false);
}

describe('what a secret is, is nowhere', () => {
  const all = Object.values(canary);

  it('in the objects of the bucket', async () => {
    const Bucket = `${service.name}-preparations`;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents.filter(({ Key = '' }) => Key.startsWith('preparations/')).length).toBeGreaterThan(0);
    expect(Contents.filter(({ Key = '' }) => Key.startsWith('journal/')).length).toBeGreaterThan(0);
    // Of the items that failed, objects of reports are named beside those of the journal.
    expect(ledgerItems.filter(({ reports }) => (reports?.L?.length ?? 0) > 0).length).toBeGreaterThan(0);
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      expect(bytes.length).toBeGreaterThan(100);
      expectNone(bytes.toString('latin1') + bytes.toString('utf16le') + Key, ...all);
    }
  });

  it('in the ledger, but for the keys of failed items', async () => {
    const isFailure = ({ pk }: RawItem) => pk?.S?.startsWith('failures#');
    expect(ledgerItems.filter(isFailure).length).toBeGreaterThan(10);
    for (const item of ledgerItems) expectNone(JSON.stringify(item), canary.item, canary.preparation, canary.thrown);
    for (const item of ledgerItems.filter((record) => !isFailure(record))) expectNone(JSON.stringify(item), canary.key);
    for (const { key, ...rest } of ledgerItems.filter(isFailure)) {
      expect(JSON.stringify(key)).toContain(canary.key);
      expectNone(JSON.stringify(rest), canary.key);
    }
  });

  it('in the logs', () => {
    expect(logged.length).toBeGreaterThan(10);
    expectNone(logged.join('\n'), ...all);
  });

  it('in the executions, their histories and errors', async () => {
    expect(executions.length).toBeGreaterThan(20);
    for (const executionArn of executions) {
      const description = await service.sfn.send(new DescribeExecutionCommand({ executionArn }));
      const history = await service.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      expectNone(JSON.stringify([description, history]), ...all);
    }
  });
});
