import { DeleteTableCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand, runForJson } from '../cli/command.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** A new table under an old name: what the ledger says of the old one does not hold for it. */

function adding(sequence: number, attribute: string) {
  return `export const sequence = ${sequence};
export const adds = ['${attribute}'];
export const transformUp = (item) => ({ ...item, ${attribute}: 1 });`;
}
const items: RawItem[] = Array.from({ length: 50 }, (_, n) => ({ id: { S: `i${n}` } }));

let service: Service;
beforeAll(async () => {
  service = await startService({});
});
afterAll(() => service?.close());

async function tableWithTwoVersions() {
  const table = uniqueName('Replaced');
  await service.deploy({ [`${table}/v1.ts`]: adding(1, 'a') });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  expect((await service.run({ table })).error).toBeUndefined();
  const betweenThem = new Date().toISOString();
  await service.deploy({ [`${table}/v2.ts`]: adding(2, 'b') });
  expect((await service.run({ table })).error).toBeUndefined();
  await service.aws.invoke('publish-catalog', {});
  return { table, betweenThem };
}

async function makeAnew(table: string, contents: readonly RawItem[] = items) {
  await service.dynamodb.send(new DeleteTableCommand({ TableName: table }));
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, contents);
}

async function itemsWith(table: string, attribute: string) {
  return [...(await readAll(service.dynamodb, table)).values()].filter((item) => item[attribute]).length;
}

it('is refused by runs, plan and the gate, and status warns of it, until it is reset: then all versions are pending', async () => {
  const { table } = await tableWithTwoVersions();
  await service.dynamodb.send(new DeleteTableCommand({ TableName: table }));
  const { document: gone } = await runForJson(service, 'status', table);
  expect(gone).toMatchObject({
    applied: [1, 2],
    warnings: [{ name: 'UnknownTable', sequence: 1, message: expect.stringContaining('v1, v2') }],
  });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);

  for (const input of [{}, { dryRun: true, again: 1 }, { direction: 'down' }]) {
    const refused = await service.run({ table, ...input });
    expect(refused).toMatchObject({ status: 'FAILED', error: 'TableReplaced' });
    expect(refused.errorMessage).toMatch(/v1, v2.*baseline .* --as-of.*reset .*--same-table/);
  }
  expect(await service.runAll({ tables: [table] })).toMatchObject({ status: 'FAILED', error: 'TableReplaced' });
  for (const gate of [[], ['--sequence', '1']]) {
    const { exitCode, document } = await runForJson(service, 'plan', table, '--transformations', service.folder, ...gate);
    expect({ exitCode, names: document.problems.map(({ name }: { name: string }) => name) }).toMatchObject({ exitCode: 1 });
    expect(document.problems).toContainEqual(expect.objectContaining({ name: 'TableReplaced' }));
  }
  const { document: status } = await runForJson(service, 'status', table);
  expect(status.warnings).toContainEqual(expect.objectContaining({ name: 'TableReplaced', sequence: 1 }));
  expect(await itemsWith(table, 'a')).toBe(0);

  expect(await runForJson(service, 'reset', table)).toMatchObject({ exitCode: 0, document: { table, reset: [1, 2], kept: [] } });
  expect((await runForJson(service, 'status', table)).document).toMatchObject({ applied: [], pending: [1, 2] });
  expect((await service.run({ table })).error).toBeUndefined();
  for (const attribute of ['a', 'b']) expect(await itemsWith(table, attribute)).toBe(50);
  expect((await runForJson(service, 'status', table)).document.warnings).toBeUndefined();
});

it('that was restored to a moment keeps the versions that were applied by then', async () => {
  const { table, betweenThem } = await tableWithTwoVersions();
  await makeAnew(
    table,
    items.map((item) => ({ ...item, a: { N: '1' } })),
  );

  expect(await runForJson(service, 'baseline', table, '--as-of', betweenThem)).toMatchObject({
    exitCode: 0,
    document: { baselined: [1], reset: [2] },
  });

  expect((await service.run({ table })).error).toBeUndefined();
  expect((await service.ledger.runs(table))[0]?.steps).toMatchObject([{ sequence: 2 }]);
  expect(await itemsWith(table, 'b')).toBe(50);
  for (const args of [
    ['--as-of', 'yesterday'],
    ['--as-of', betweenThem, '--to', '1'],
  ])
    expect((await runCommand(service, 'baseline', table, ...args)).exitCode).toBe(2);
});

it('that has the same items is taken as the same table', async () => {
  const { table } = await tableWithTwoVersions();
  await makeAnew(
    table,
    items.map((item) => ({ ...item, a: { N: '1' }, b: { N: '1' } })),
  );

  expect(await runForJson(service, 'reset', table, '--same-table')).toMatchObject({ document: { reset: [], kept: [1, 2] } });

  expect((await service.run({ table })).output).toContain('nothingToDo');
  expect(await service.ledger.versions(table)).toMatchObject([{ tableChanged: {} }, { tableChanged: {} }]);
});

it('is found by a ledger from before ids were kept, once a run has taken the table', async () => {
  const { table } = await tableWithTwoVersions();
  const forget = (sequence: number) =>
    service.dynamodb.send(
      new UpdateItemCommand({
        TableName: `${service.name}-ledger`,
        Key: { pk: { S: `table#${table}` }, sk: { S: `version#00000${sequence}` } },
        UpdateExpression: 'REMOVE tableId',
      }),
    );
  await Promise.all([forget(1), forget(2)]);
  await service.deploy({ [`${table}/v3.ts`]: adding(3, 'c') });
  expect((await service.run({ table })).error).toBeUndefined();
  await makeAnew(table);

  const refused = await service.run({ table });

  expect(refused.error).toBe('TableReplaced');
  expect(refused.errorMessage).toContain('v1, v2, v3');
});
