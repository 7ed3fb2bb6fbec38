import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptCodeKey } from '../../aws/ledger/ledger-keys.ts';
import { numberedItems } from '../support/numbered-items.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runForJson } from './command.ts';

/** A version is finished, or taken back, with the code that took it before, when its file was replaced or removed. */

const items = numberedItems(60);
let service: Service;

beforeAll(async () => {
  service = await startService({});
});
afterAll(() => service?.close());

/** Half of the items fail until they are mended. */
const stumbling = `export const sequence = 2;
export const adds = ['double'];
export const reads = ['n', 'isMended'];
export const transformUp = (item) => {
  if (item.n >= 30 && !item.isMended) throw new Error('not yet');
  return { ...item, double: 2 * item.n };
};
`;
const first = `export const sequence = 1;
export const adds = ['one'];
export const transformUp = (item) => ({ ...item, one: 1 });
`;
const other = `export const sequence = 2;
export const adds = ['triple'];
export const transformUp = (item) => ({ ...item, triple: 3 * item.n });
`;

async function halfApplied(): Promise<string> {
  const table = uniqueName('Kept');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  await service.publish(table, { 'v1.ts': first });
  await command('up', table);
  await service.publish(table, { 'v2_double.ts': stumbling });
  const { exitCode, document } = await runForJson(service, 'up', table, '--max-failures', '1000');
  expect(exitCode).toBe(1);
  expect(document).toMatchObject({ error: { name: 'ItemsFailed' }, counters: { changed: 30, failed: 30 } });
  return table;
}

async function mend(table: string) {
  const present = [...(await readAll(service.dynamodb, table)).values()];
  await putAll(
    service.dynamodb,
    table,
    present.map((item) => ({ ...item, isMended: { BOOL: true } })),
  );
}

async function command(...args: string[]) {
  const { exitCode, document, stderr } = await runForJson(service, ...args);
  expect(exitCode, stderr).toBe(0);
  return document;
}

async function refusal(...args: string[]) {
  const { exitCode, document } = await runForJson(service, ...args);
  expect(exitCode).toBe(1);
  return document.error;
}

function table(change: (n: number) => RawItem): Map<string, RawItem> {
  return new Map(items.map((item, n) => [JSON.stringify(item['id']), { ...item, one: { N: '1' }, ...change(n) }]));
}

describe('a half-way version whose file was replaced by another', () => {
  it('is taken back with the code that began it; then the other one is applied', async () => {
    const name = await halfApplied();
    await service.publish(name, { 'v2_double.ts': undefined, 'v2_triple.ts': other });
    const refused = await refusal('down', name);
    expect(refused).toMatchObject({ name: 'HalfApplied', message: expect.stringContaining(`\`dynamodt down ${name} --kept-code\``) });

    const down = await command('down', name, '--kept-code');
    expect(down).toMatchObject({ status: 'succeeded', sequences: [2], counters: { changed: 30 } });
    expect(await readAll(service.dynamodb, name)).toEqual(table(() => ({})));

    expect(await command('up', name)).toMatchObject({ status: 'succeeded', sequences: [2] });
    expect(await readAll(service.dynamodb, name)).toEqual(table((n) => ({ triple: { N: String(3 * n) } })));
  });

  it('is finished with the code that began it, in the run that was interrupted; then the number is taken', async () => {
    const name = await halfApplied();
    await service.publish(name, { 'v2_double.ts': undefined, 'v2_triple.ts': other });
    await mend(name);
    const run = (await service.ledger.runs(name))[0]?.id;

    expect(await command('up', name, '--kept-code')).toMatchObject({ run, status: 'succeeded', sequences: [2] });
    expect(await readAll(service.dynamodb, name)).toEqual(table((n) => ({ double: { N: String(2 * n) }, isMended: { BOOL: true } })));
    expect((await refusal('up', name)).name).toBe('SequenceTaken');
    // Also the applied one is taken back with its own code.
    await command('down', name, '--kept-code');
    expect(await readAll(service.dynamodb, name)).toEqual(table(() => ({ isMended: { BOOL: true } })));
  });
});

it('takes back a half-way version whose file was removed, also if the table has no file left', async () => {
  const name = await halfApplied();
  await service.publish(name, { 'v1.ts': undefined, 'v2_double.ts': undefined });
  await command('down', name, '--to', '0', '--kept-code');
  expect(await readAll(service.dynamodb, name)).toEqual(new Map(items.map((item) => [JSON.stringify(item['id']), item])));
  expect(await refusal('up', name, '--kept-code')).toMatchObject({ name: 'InvalidInput', message: expect.stringContaining('half-way') });
});

describe('code that the ledger keeps', () => {
  const ledger = () => `${service.name}-ledger`;

  async function keptRecords(name: string): Promise<RawItem[]> {
    const { Items = [] } = await service.dynamodb.send(
      new QueryCommand({
        TableName: ledger(),
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: { ':pk': { S: `code#${name}` }, ':sk': { S: 'version#000002#' } },
      }),
    );
    return Items;
  }

  it('is refused if its record was changed, before any of it runs, and is good again once the same file is deployed', async () => {
    const name = await halfApplied();
    await service.publish(name, { 'v2_double.ts': undefined });
    const [record] = await keptRecords(name);
    const bytes = Uint8Array.from(record?.['text']?.B ?? []);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await service.dynamodb.send(new PutItemCommand({ TableName: ledger(), Item: { ...record, text: { B: bytes } } }));
    const before = await readAll(service.dynamodb, name);
    expect(await refusal('down', name, '--kept-code')).toMatchObject({
      name: 'KeptCodeInvalid',
      message: expect.stringContaining('was not run'),
    });

    await service.publish(name, { 'v2_double.ts': stumbling });
    await service.publish(name, { 'v2_double.ts': undefined });
    expect(await readAll(service.dynamodb, name)).toEqual(before);
    await command('down', name, '--kept-code');
    expect(await readAll(service.dynamodb, name)).toEqual(table(() => ({})));
  });

  it('is refused if the code of another version was put in its place', async () => {
    const name = await halfApplied();
    const forged = uniqueName('Forged');
    await service.publish(forged, { 'v2.ts': other });
    await service.publish(name, { 'v2_double.ts': undefined });
    const [record] = await keptRecords(name);
    const [evil] = await keptRecords(forged);
    await service.dynamodb.send(new PutItemCommand({ TableName: ledger(), Item: { ...record, text: evil?.['text'] ?? { NULL: true } } }));
    expect((await refusal('down', name, '--kept-code')).name).toBe('KeptCodeInvalid');
  });

  it('is missing where no deploy kept it, which is said with what to do, and found by its source afterwards', async () => {
    const name = await halfApplied();
    const [record] = await keptRecords(name);
    const code = (await service.ledger.versions(name)).find(({ sequence }) => sequence === 2)?.codes?.at(-1);
    const { pk, sk } = keptCodeKey(name, 2, code?.bundleChecksum ?? '', 0);
    expect([record?.['pk'], record?.['sk']]).toEqual([{ S: pk }, { S: sk }]);
    await service.publish(name, { 'v2_double.ts': undefined });
    const { Item } = await service.dynamodb.send(
      new GetItemCommand({ TableName: ledger(), Key: { pk: { S: `table#${name}` }, sk: { S: 'version#000002' } } }),
    );
    // As dynamodt 0.1.0 wrote it.
    const { codes: _, ...older } = Item ?? {};
    await service.dynamodb.send(new PutItemCommand({ TableName: ledger(), Item: { ...older, checksum: { S: '2:before' } } }));
    expect(await refusal('down', name, '--kept-code')).toMatchObject({
      name: 'KeptCodeMissing',
      message: expect.stringContaining('2:before is not in the ledger'),
    });
    await service.dynamodb.send(new PutItemCommand({ TableName: ledger(), Item: older }));
    await command('down', name, '--kept-code');
    expect(await readAll(service.dynamodb, name)).toEqual(table(() => ({})));
  });
});
