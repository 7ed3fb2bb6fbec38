import { setTimeout } from 'node:timers/promises';
import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adding, numberedItems } from '../support/numbered-items.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';

const items = numberedItems(20);
let service: Service;

beforeAll(async () => {
  service = await startService({});
});
afterAll(() => service?.close());

async function tableWith(files: Record<string, string>) {
  const table = uniqueName('Versions');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  await service.publish(table, files);
  return table;
}

/** A run by the state machine itself, where the command is not the point. */
async function succeeded(input: object) {
  const execution = await service.run(input);
  expect(execution.error).toBeUndefined();
  return execution;
}

async function until(condition: () => Promise<boolean>) {
  while (!(await condition())) await setTimeout(50);
}

async function status(table: string) {
  return (await runForJson(service, 'status', table)).document;
}

async function versionsOf(table: string) {
  return (await runForJson(service, 'history', table)).document.versions;
}

describe('a file that was changed after it was applied', () => {
  it('is the same to formatting, comments and types, is refused otherwise, and accepted by repair, with what was changed', async () => {
    const table = await tableWith({ 'v1.ts': adding(1, 'once'), 'v2.ts': adding(2, 'twice') });
    await succeeded({ table });
    const before = (await service.ledger.versions(table))[0]?.checksum;

    await service.publish(table, {
      'v1.ts': `// said better\n${adding(1, 'once').replaceAll('\n', '\n\n  ').replace('(item)', '(item: any)')}`,
    });
    expect(await runForJson(service, 'up', table)).toMatchObject({ exitCode: 0, document: { status: 'nothingToDo' } });
    expect(await runForJson(service, 'repair', table)).toMatchObject({ exitCode: 0, document: { table, repaired: [] } });
    expect((await runCommand(service, 'repair', table)).stdout).toBe(
      `${table}: nothing to repair, since every applied version has the code that is deployed\n`,
    );

    await service.publish(table, { 'v1.ts': adding(1, 'once', '1 * item.n'), 'v2.ts': adding(2, 'twice', '2 * item.n') });
    const refused = await runForJson(service, 'up', table);
    expect(refused).toMatchObject({ exitCode: 1, document: { error: { name: 'ChecksumMismatch' } } });
    expect(refused.document.error.message).toContain(`dynamodt repair ${table} --sequence 1`);
    expect((await status(table)).warnings.map(({ name, sequence }: Record<string, unknown>) => `v${sequence} ${name}`)).toEqual([
      'v1 ChecksumMismatch',
      'v2 ChecksumMismatch',
    ]);

    const repaired = await runForJson(service, 'repair', '--table', table, '--tNumber', '1');
    const accepted = (await service.ledger.versions(table))[0]?.checksum;
    expect(repaired).toMatchObject({
      exitCode: 0,
      document: { table, repaired: [{ sequence: 1, file: `${table}/v1.ts`, from: before, to: accepted }] },
    });
    expect(accepted).not.toBe(before);
    expect((await status(table)).warnings).toMatchObject([{ sequence: 2, name: 'ChecksumMismatch' }]);

    const { exitCode, stdout } = await runCommand(service, 'repair', table);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/repaired +file +old checksum +new checksum\nv2 +\S+v2\.ts +2:[0-9a-f]{32} +2:[0-9a-f]{32}\n$/);
    expect((await succeeded({ table })).output).toContain('nothingToDo');
    expect((await versionsOf(table))[0]).toMatchObject({
      status: 'applied',
      repaired: { by: expect.stringMatching(/^user:/), from: before },
    });
    expect((await runCommand(service, 'history', table)).stdout).toContain('(repaired)');
    await succeeded({ table, direction: 'down', to: 0 });
  });

  it('cannot be repaired while a run holds the table', async () => {
    const table = await tableWith({ 'v1.ts': adding(1, 'once') });
    await succeeded({ table });
    await service.publish(table, { 'v1.ts': adding(1, 'once'), 'v2.ts': adding(2, 'twice') });
    const execution = await service.start({ table, writeUnits: 1, totalSegments: 1 });
    await until(async () => (await service.ledger.lock(table))?.endedAt === undefined);
    await service.publish(table, { 'v1.ts': adding(1, 'once', '1 * item.n') });

    for (const verb of [['repair'], ['baseline', '--to', '2']])
      expect(await runForJson(service, ...verb, table)).toMatchObject({
        exitCode: 1,
        document: { error: { name: 'TableBusy', message: expect.stringContaining(`dynamodt stop ${table}`) } },
      });

    await runCommand(service, 'stop', table);
    expect(await service.ended(execution)).toMatchObject({ error: 'Stopped' });
    expect(await runForJson(service, 'repair', table)).toMatchObject({ exitCode: 0, document: { repaired: [{ sequence: 1 }] } });
    await succeeded({ table });
  });
});

describe('a version whose file is gone', () => {
  it('is warned of by status and up, and only down is refused', async () => {
    const table = await tableWith({ 'v1.ts': adding(1, 'once'), 'v2.ts': adding(2, 'twice') });
    await succeeded({ table });
    await service.publish(table, { 'v2.ts': undefined, 'v3.ts': adding(3, 'thrice') });

    const warnings = [{ name: 'MissingTransformation', sequence: 2, message: expect.stringContaining(`${table} v2 is in the table`) }];
    expect(await status(table)).toMatchObject({ applied: [1, 2], pending: [3], warnings });
    expect((await runCommand(service, 'status', table)).stdout).toMatch(/\n {2}warning MissingTransformation: .*version control/);
    const up = await runForJson(service, 'up', table);
    expect(up).toMatchObject({ exitCode: 0, document: { status: 'succeeded', sequences: [3], warnings } });
    expect(up.stderr).toContain('warning MissingTransformation: ');
    expect(await runCommand(service, 'up')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('warning MissingTransformation: '),
    });

    await succeeded({ table, direction: 'down' });
    expect(await runForJson(service, 'down', table)).toMatchObject({ exitCode: 1, document: { error: { name: 'MissingTransformation' } } });
    expect(await runForJson(service, 'repair', table, '--sequence', '2')).toMatchObject({
      exitCode: 1,
      document: { error: { name: 'MissingTransformation' } },
    });
  });
});

describe('baseline', () => {
  it('marks versions as applied without running them, and says so in the history', async () => {
    const table = await tableWith({
      'v1.ts': adding(1, 'a'),
      'v2.ts': adding(2, 'b'),
      'v10.ts': adding(10, 'c'),
      'v11.ts': adding(11, 'd'),
    });

    const first = await runForJson(service, 'baseline', table, '--to', '2');
    expect(first).toMatchObject({ exitCode: 0, document: { table, baselined: [1, 2], already: [], missing: [] } });
    expect((await runCommand(service, 'baseline', table, '--to', '10')).stdout).toBe(
      `${table}: v10 marked as applied\n  v1, v2 applied already\n`,
    );
    expect(await readAll(service.dynamodb, table)).toEqual(new Map(items.map((item) => [JSON.stringify(item['id']), item])));
    expect(await versionsOf(table)).toMatchObject(
      [1, 2, 10].map((sequence) => ({ sequence, status: 'applied', run: 'baseline', by: expect.stringMatching(/^user:/) })),
    );
    expect((await runCommand(service, 'history', table)).stdout).toMatch(/v10 +baselined .* baseline by user:\S+ +2:/);

    expect(await succeeded({ table })).toMatchObject({ output: expect.stringContaining('"sequences":[11]') });
    expect(await succeeded({ table, direction: 'down', to: 2 })).toMatchObject({ output: expect.stringContaining('"sequences":[11,10]') });
    expect(await runForJson(service, 'baseline', table, '--to', '10')).toMatchObject({ document: { baselined: [10], already: [1, 2] } });
  });

  it('never touches a version that a run began', async () => {
    const table = await tableWith({ 'v1.ts': adding(1, 'a', 'item.n > 15 ? null.n : 1') });
    expect(await service.run({ table })).toMatchObject({ error: 'ItemsFailed' });
    const before = await service.ledger.versions(table);
    expect(before).toMatchObject([{ status: 'applying' }]);

    const refused = await runForJson(service, 'baseline', table, '--to', '1');

    expect(refused).toMatchObject({
      exitCode: 1,
      document: { error: { name: 'InvalidInput', message: expect.stringContaining('applying') } },
    });
    expect(await service.ledger.versions(table)).toEqual(before);
  });

  it('takes what dynamo-data-transform has recorded, whose item no run ever sees', async () => {
    const table = await tableWith({ 'v1.js': adding(1, 'a'), 'v3_slug.ts': adding(3, 'c') });
    expect(await runForJson(service, 'baseline', table, '--from-predecessor')).toMatchObject({
      exitCode: 1,
      document: { error: { name: 'InvalidInput', message: expect.stringContaining('no item whose key is "DataTransformations"') } },
    });
    const item: RawItem = {
      id: { S: 'DataTransformations' },
      executionState: { L: [{ N: '1' }, { N: '2' }] },
      TransformationsRunHistory: {
        M: {
          '2024-01-01T00:00:00.000Z': { M: { transformationNumber: { N: '1' }, executedCommand: { S: 'up' }, transformed: { N: '20' } } },
        },
      },
    };
    await putAll(service.dynamodb, table, [item]);

    const { exitCode, document } = await runForJson(service, 'baseline', table, '--from-predecessor');
    expect({ exitCode, document }).toEqual({ exitCode: 0, document: { table, baselined: [1], already: [], missing: [2] } });

    const { document: planned } = await runForJson(service, 'plan', table, '--transformations', service.folder);
    expect(planned.sample).toMatchObject({ items: items.length, isWholeTable: true });
    await succeeded({ table, totalSegments: 1 });
    const [run] = await service.ledger.runs(table);
    expect(run).toMatchObject({ steps: [{ sequence: 3 }], counters: { scanned: 2 * items.length, changed: items.length } });
    const after = await readAll(service.dynamodb, table);
    expect(after.get(JSON.stringify(item['id']))).toEqual(item);
    expect([...after.values()].filter((each) => each['c'])).toHaveLength(items.length);
  });

  it.each([
    [['baseline', 'Users'], 2, '--to 3'],
    [['baseline', '--to', '3'], 2, '`dynamodt baseline Users`'],
    [['baseline', 'Users', '--to', '0'], 2, 'It must be the number of a version'],
    [['repair'], 2, '`dynamodt repair Users`'],
    [['repair', 'Nobody'], 1, 'UnknownTable'],
    [['baseline', 'Nobody', '--to', '1'], 1, 'UnknownTable'],
  ])('%j is refused', async (args, exitCode, text) => {
    expect(await runCommand(service, ...args)).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(text) });
  });
});

describe('a ledger that a newer dynamodt has written', () => {
  it('is refused by runs and by every verb that reads it, with what to do, and nothing is written', async () => {
    await tableWith({ 'v1.ts': adding(1, 'once') });
    const table = await tableWith({ 'v1.ts': adding(1, 'once') });
    await succeeded({ table });
    const ledger = `${service.name}-ledger`;
    const Key = { pk: { S: `table#${table}` }, sk: { S: 'version#000001' } };
    await service.dynamodb.send(
      new UpdateItemCommand({
        TableName: ledger,
        Key,
        UpdateExpression: 'SET #format = :newer, #status = :status',
        ExpressionAttributeNames: { '#format': 'format', '#status': 'status' },
        ExpressionAttributeValues: { ':newer': { N: '3' }, ':status': { S: 'somethingNew' } },
      }),
    );
    const { Item: newer } = await service.dynamodb.send(new GetItemCommand({ TableName: ledger, Key }));

    for (const [verb, ...flags] of [['up'], ['down'], ['status'], ['history'], ['repair'], ['baseline', '--to', '1']] as const) {
      const { exitCode, document, stderr } = await runForJson(service, verb, table, ...flags);
      expect({ verb, exitCode, document }).toMatchObject({ verb, exitCode: 1, document: { error: { name: 'LedgerTooNew' } } });
      expect(stderr).toMatch(/LedgerTooNew: .*format 3.*knows format 2.*dynamodt@latest/);
    }

    const all = await runForJson(service, 'status');
    expect(all.exitCode).toBe(1);
    expect(all.document.length).toBeGreaterThan(1);
    for (const { table: name, error } of all.document)
      expect({ name, error: error?.name }).toEqual({ name, error: name === table ? 'LedgerTooNew' : undefined });

    const { Item } = await service.dynamodb.send(new GetItemCommand({ TableName: ledger, Key }));
    expect(Item).toEqual(newer);
    await service.dynamodb.send(
      new PutItemCommand({ TableName: ledger, Item: { ...newer, format: { N: '1' }, status: { S: 'applied' } } }),
    );
    expect(await status(table)).toMatchObject({ applied: [1] });
  });
});
