import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteItemCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTable, putAll, uniqueName } from '../support/service.ts';
import { type Fixture, sharedDynamoDb, startFixture, until } from './fixture.ts';

/** Says what it gets, refuses a batch from its first record that is `refused`, and hangs if a file says so. */
const work = `
  const { existsSync } = await import('node:fs');
  const { Records } = event;
  console.log('got ' + JSON.stringify(Records.map(({ eventName, dynamodb }) => eventName + ' ' + dynamodb.Keys.id.S)));
  if (existsSync(process.env.HANGS)) await new Promise(() => setInterval(() => {}, 1000));
  const refused = Records.find(({ dynamodb }) => dynamodb.Keys.id.S === process.env.REFUSED && !globalThis.refused);
  globalThis.refused = refused;
  return { batchItemFailures: refused ? [{ itemIdentifier: refused.dynamodb.SequenceNumber }] : [] };
`;

const table = uniqueName('Streamed');
let data: string;
let fixture: Fixture;
let dynamodb: DynamoDBClient;
async function start(): Promise<void> {
  fixture = await startFixture(
    { functions: { 'follow-stream': work } },
    {
      ...sharedDynamoDb(),
      data,
      follow: { Streamed: true },
      tables: { Streamed: table },
      environment: { REFUSED: 'i2', HANGS: join(data, 'hang') },
    },
  );
  dynamodb = new DynamoDBClient(fixture.client);
}

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'streams-test-'));
  await start();
});
afterAll(async () => {
  dynamodb.destroy();
  await fixture.close();
  await rm(data, { recursive: true, force: true });
});

interface Mapping {
  UUID: string;
  EventSourceArn: string;
  State: string;
  LastProcessingResult: string;
}

/** Records that the function got, in their order, each invocation in one element. */
function got(): string[][] {
  return fixture.lines.flatMap((line) => {
    const [, list] = / got (\[.*\])$/.exec(line) ?? [];
    return list === undefined ? [] : [JSON.parse(list)];
  });
}

async function put(...ids: string[]): Promise<void> {
  for (const id of ids) await putAll(dynamodb, table, [{ id: { S: id } }]);
}

async function mappings(path = '', init: RequestInit = {}) {
  const response = await fetch(`${fixture.aws.url}/2015-03-31/event-source-mappings/${path}`, init);
  const body: { EventSourceMappings: Mapping[] } & Mapping = JSON.parse(await response.text());
  return { status: response.status, error: response.headers.get('x-amzn-errortype'), body };
}

async function mapped(): Promise<Mapping> {
  const { body } = await mappings('?FunctionName=dynamodt-follow-stream');
  const [mapping] = body.EventSourceMappings;
  if (!mapping) throw new Error('There is no mapping.');
  return mapping;
}

it('gives a followed table a stream, and hands what is written to the function, from the failed record again', async () => {
  await createTable(dynamodb, table);
  await until(async () => (await mapped()).EventSourceArn.includes('/stream/2'));
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
  expect(Table?.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_IMAGE' });
  expect((await mapped()).EventSourceArn).toBe(Table?.LatestStreamArn);

  // The reader has its place in the stream when it has got something.
  await until(async () => {
    await put(`first-${Math.random()}`);
    return got().length > 0;
  });
  const before = got().length;
  await put('i1', 'i2', 'i3');
  await dynamodb.send(new DeleteItemCommand({ TableName: table, Key: { id: { S: 'i1' } } }));
  await until(() => got().filter((batch) => batch.includes('INSERT i2')).length === 2 && got().at(-1)?.includes('REMOVE i1'));

  const records = got()
    .slice(before)
    .flat()
    .filter((record) => / i\d$/.test(record));
  expect([...new Set(records)]).toEqual(['INSERT i1', 'INSERT i2', 'INSERT i3', 'REMOVE i1']);
  expect(records.filter((record) => record === 'INSERT i1')).toHaveLength(1);
  expect(records.filter((record) => record === 'INSERT i2')).toHaveLength(2);
});

it('hands over again what a killed function did not settle', async () => {
  await writeFile(join(data, 'hang'), '');
  await put('k1');
  await until(() => got().flat().includes('INSERT k1'));
  await rm(join(data, 'hang'));
  await fixture.killFunctions();
  await until(() => got().filter((batch) => batch.includes('INSERT k1')).length === 2);
});

it('hands nothing over while the mapping is disabled, also after a restart, and then all that was written meanwhile', async () => {
  const { UUID } = await mapped();
  const enable = (Enabled: boolean) => mappings(UUID, { method: 'PUT', body: JSON.stringify({ Enabled }) });
  expect(await enable(false)).toMatchObject({ status: 202, body: { UUID, State: expect.stringMatching(/^Disabl(ing|ed)$/) } });
  await until(async () => (await mapped()).State === 'Disabled');
  await put('d1');
  dynamodb.destroy();
  await fixture.close();
  await start();
  await put('d2');
  expect(await mappings(UUID)).toMatchObject({
    status: 200,
    body: { State: 'Disabled', BatchSize: 100, MaximumBatchingWindowInSeconds: 1 },
  });
  expect(got()).toEqual([]);

  expect(await enable(true)).toMatchObject({ status: 202, body: { State: 'Enabled' } });
  await until(() => got().flat().includes('INSERT d2'));
  expect(got().flat()).toEqual(['INSERT d1', 'INSERT d2']);
  await until(async () => (await mapped()).LastProcessingResult === 'OK');
});

it.each([
  ['a mapping that is not there', 'nope', { method: 'GET' }, 404, 'ResourceNotFoundException'],
  ['other changes', '', { method: 'PUT', body: '{"BatchSize":1}' }, 400, 'InvalidParameterValueException'],
  ['other actions', '', { method: 'DELETE' }, 404, 'UnknownOperationException'],
])('refuses %s', async (_, path, init, status, error) => {
  expect(await mappings(path || (await mapped()).UUID, init)).toMatchObject({ status, error });
});
