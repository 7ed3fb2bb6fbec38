import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numberedItems } from '../support/numbered-items.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';

/** A file that was changed after it was applied takes effect again: through the command, with whole tables compared. */

const items = numberedItems(40);
let service: Service;

beforeAll(async () => {
  service = await startService({});
});
afterAll(() => service?.close());

function file(sequence: number, names: readonly string[], result: string, more = '') {
  return `export const sequence = ${sequence};
export const adds = ${JSON.stringify(names)};
${more}
export const transformUp = (item) => (${result});
`;
}

async function tableWith(files: Record<string, string>) {
  const table = uniqueName('Rewrite');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  await service.publish(table, files);
  return table;
}

async function command(...args: string[]) {
  const { exitCode, document, stderr } = await runForJson(service, ...args);
  expect(exitCode, stderr).toBe(0);
  return document;
}

function write(table: string, id: string, name: string, value: RawItem[string]) {
  return service.dynamodb.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { id: { S: id } },
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
}

function expected(change: (item: RawItem, n: number) => RawItem): Map<string, RawItem> {
  return new Map(items.map((item, n) => [JSON.stringify(item['id']), change(item, n)]));
}

const mistyped = file(1, ['status', 'label'], "{ ...item, status: 'actve', label: 'n' + item.n }");
const mended = file(1, ['status', 'label'], "{ ...item, status: 'active', label: 'n' + item.n }");

describe('a mended file whose version only adds', () => {
  it('takes effect with --rewrite on what the code before gave, also after a sweep by the new code, and leaves what the application wrote', async () => {
    const table = await tableWith({ 'v1.ts': mistyped });
    await command('up', table);
    await write(table, 'i3', 'status', { S: 'blocked' });
    await service.publish(table, { 'v1.ts': mended });
    await command('repair', table);

    // A dry run knows the code of the run before, too, although it is none of the runs that took the version.
    const tried = await command('up', table, '--again', '1', '--dry-run');
    expect(tried.warnings[0].message).toContain(`\`dynamodt up ${table} --again 1 --rewrite\``);
    const again = await command('up', table, '--again', '1');
    expect(again).toMatchObject({ status: 'succeeded', counters: { changed: 0, kept: 40, differing: 40 } });
    expect(again.warnings).toMatchObject([{ name: 'ValuesKept', sequence: 1 }]);
    expect(again.warnings[0].message).toContain(`\`dynamodt up ${table} --again 1 --rewrite\``);
    expect((await runCommand(service, 'up', table, '--again', '1')).stdout).toContain('warning ValuesKept: 40 items keep values');
    expect((await command('up', table, '--again', '1', '--rewrite', '--dry-run')).counters).toMatchObject({ changed: 39 });

    const rewritten = await command('up', table, '--again', '1', '--rewrite');
    expect(rewritten).toMatchObject({ status: 'succeeded', sequences: [1] });
    expect(rewritten.counters).toMatchObject({ changed: 39, differing: expect.any(Number) });
    expect(rewritten.warnings).toBeUndefined();
    expect(await readAll(service.dynamodb, table)).toEqual(
      expected((item, n) => ({ ...item, status: { S: n === 3 ? 'blocked' : 'active' }, label: { S: `n${n}` } })),
    );

    // The codes before the last one are settled.
    const { exitCode, document } = await runForJson(service, 'up', table, '--again', '1', '--rewrite');
    expect(exitCode).toBe(1);
    expect(document.error).toMatchObject({ name: 'InvalidInput', message: expect.stringContaining('knows of no other code') });
    await command('down', table);
    expect(await readAll(service.dynamodb, table)).toEqual(expected((item, n) => (n === 3 ? { ...item, status: { S: 'blocked' } } : item)));
  });

  it('removes what the code before gave and the new one does not, and leaves a value of that name that the application wrote', async () => {
    const table = await tableWith({ 'v1.ts': file(1, ['lable'], "{ ...item, lable: 'n' + item.n }") });
    await command('up', table);
    await write(table, 'i5', 'lable', { S: 'mine' });
    await service.publish(table, { 'v1.ts': file(1, ['label'], "item.n < 30 ? { ...item, label: 'n' + item.n } : undefined") });
    await command('repair', table);

    await command('up', table, '--again', '1', '--rewrite');
    expect(await readAll(service.dynamodb, table)).toEqual(
      expected((item, n) => ({
        ...item,
        ...(n === 5 ? { lable: { S: 'mine' } } : {}),
        ...(n < 30 ? { label: { S: `n${n}` } } : {}),
      })),
    );
  });

  it('is rewritten with what each code was prepared with', async () => {
    const prepared = (word: string) =>
      file(
        1,
        ['word'],
        '{ ...item, word: context.preparation.word + item.n }',
        `export const prepare = () => ({ word: '${word}' });`,
      ).replace('(item)', '(item, context)');
    const table = await tableWith({ 'v1.ts': prepared('odl') });
    await command('up', table);
    await service.publish(table, { 'v1.ts': prepared('old') });
    await command('repair', table);
    await command('up', table, '--again', '1', '--rewrite');
    expect(await readAll(service.dynamodb, table)).toEqual(expected((item, n) => ({ ...item, word: { S: `old${n}` } })));
  });
});

it('replaces items that still are as the old file seeded them, and no other', async () => {
  const seeding = (name: string) =>
    `export const sequence = 1;
export const adds = ['size'];
export const seed = [1, 2, 3].map((n) => ({ id: 's' + n, name: '${name}' + n }));
export const transformUp = (item) => (item.name ? { ...item, size: item.name.length } : undefined);
`;
  const table = await tableWith({ 'v1.ts': seeding('a') });
  await command('up', table);
  await write(table, 's2', 'name', { S: 'mine' });
  await service.publish(table, { 'v1.ts': seeding('long') });
  await command('repair', table);
  await command('up', table, '--again', '1', '--rewrite');

  const seed = (n: number, name: string, size: number): [string, RawItem] => [
    JSON.stringify({ S: `s${n}` }),
    { id: { S: `s${n}` }, name: { S: name }, size: { N: String(size) } },
  ];
  expect(await readAll(service.dynamodb, table)).toEqual(
    new Map([...expected((item) => item), seed(1, 'long1', 5), seed(2, 'mine', 2), seed(3, 'long3', 5)]),
  );
});

it('is refused for a version that removes, and without --again, with what to do', async () => {
  const removing = (value: string) =>
    file(1, ['m'], `item.n === undefined ? undefined : { id: item.id, m: ${value} }`, "export const removes = ['n'];");
  const table = await tableWith({ 'v1.ts': removing('item.n') });
  await command('up', table);
  await service.publish(table, { 'v1.ts': removing('1 + item.n') });
  await command('repair', table);

  const refused = await runForJson(service, 'up', table, '--again', '1', '--rewrite');
  expect(refused.exitCode).toBe(1);
  expect(refused.document.error).toMatchObject({ name: 'InvalidInput', message: expect.stringContaining('--kept-code') });
  const alone = await runCommand(service, 'up', table, '--rewrite');
  expect(alone.exitCode).not.toBe(0);
  expect(alone.stderr).toContain(`dynamodt up ${table} --again 3 --rewrite`);
});
