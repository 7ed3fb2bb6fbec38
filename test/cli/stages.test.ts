import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';

/** Two stages of one application: the same folder, another table name, another service and so another ledger, in one account and region. */

const app = uniqueName('app');
const files = {
  'Users/v1.js': `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item, { table, tableName }) => ({ ...item, once: table + ' in ' + tableName });
`,
  'Users/v2_twice.ts': `export const sequence = 2;
export const adds = ['twice'];
export const transformUp = (item: { n: number }) => ({ ...item, twice: 2 * item.n });
`,
};
const stages = ['dev', 'prod'] as const;
type Stage = (typeof stages)[number];

function tableOf(stage: Stage) {
  return `${app}-${stage}-Users`;
}

function itemsOf(stage: Stage): RawItem[] {
  return Array.from({ length: stage === 'dev' ? 10 : 30 }, (_, n) => ({ id: { S: `${stage}${n}` }, n: { N: String(n) } }));
}

function with1(stage: Stage, item: RawItem): RawItem {
  return { ...item, once: { S: `Users in ${tableOf(stage)}` } };
}

function with2(stage: Stage, item: RawItem): RawItem {
  return { ...with1(stage, item), twice: { N: String(2 * Number(item['n']?.N)) } };
}

function expected(stage: Stage, shape: (stage: Stage, item: RawItem) => RawItem) {
  return new Map(itemsOf(stage).map((item) => [JSON.stringify(item['id']), shape(stage, item)]));
}

const services = new Map<Stage, Service>();

beforeAll(async () => {
  for (const stage of stages) {
    const service = await startService(files, { tables: { Users: tableOf(stage) } });
    services.set(stage, service);
    await createTable(service.dynamodb, tableOf(stage));
    await putAll(service.dynamodb, tableOf(stage), itemsOf(stage));
  }
});
afterAll(async () => {
  for (const service of services.values()) await service.close();
});

function serviceOf(stage: Stage): Service {
  const service = services.get(stage);
  if (!service) throw new Error(`${stage} was not started`);
  return service;
}

function read(stage: Stage) {
  return readAll(serviceOf(stage).dynamodb, tableOf(stage));
}

function command(stage: Stage, ...args: string[]) {
  return runForJson(serviceOf(stage), ...args);
}

async function directions(stage: Stage) {
  return (await command(stage, 'history', 'Users')).document.runs.map(({ direction }: { direction: string }) => direction);
}

it('takes one stage up and leaves the other as it is, table and ledger', async () => {
  expect(await command('dev', 'up', 'Users')).toMatchObject({ exitCode: 0, document: { table: 'Users', sequences: [1, 2] } });

  expect(await read('dev')).toEqual(expected('dev', with2));
  expect(await read('prod')).toEqual(expected('prod', (_, item) => item));
  expect(await command('prod', 'history', 'Users')).toMatchObject({ document: { versions: [], runs: [] } });
  expect(await command('prod', 'status', 'Users')).toMatchObject({ document: { applied: [], pending: [1, 2] } });
});

describe.each(stages)('in %s', (stage) => {
  it('goes up, shows its history, goes down and up again', async () => {
    await command(stage, 'up');
    expect(await read(stage)).toEqual(expected(stage, with2));

    expect(await command(stage, 'down', 'Users')).toMatchObject({ exitCode: 0, document: { sequences: [2] } });
    expect(await read(stage)).toEqual(expected(stage, with1));
    expect(await command(stage, 'status', 'Users')).toMatchObject({ document: { applied: [1], pending: [2] } });

    expect(await command(stage, 'up', 'Users')).toMatchObject({ exitCode: 0, document: { sequences: [2] } });
    expect(await read(stage)).toEqual(expected(stage, with2));
    expect(await directions(stage)).toEqual(['up', 'down', 'up']);
    const { versions } = (await command(stage, 'history', 'Users')).document;
    expect(versions.map(({ execution }: { execution: string }) => execution.includes(`${serviceOf(stage).name}-transform-table`))).toEqual([
      true,
      true,
    ]);
  });
});

it('knows tables by the name of their folder only', async () => {
  const { exitCode, stderr } = await runCommand(serviceOf('dev'), 'status', tableOf('dev'));
  expect(exitCode).toBe(1);
  expect(stderr).toContain('It knows Users.');
});

it('names both names where the table is not in the stage', async () => {
  const missing = await startService(files, { tables: { Users: `${app}-test-Users` } });
  try {
    const { document } = await runForJson(missing, 'up', 'Users');
    expect(document.error).toMatchObject({ name: 'UnknownTable' });
    expect(document.error.message).toContain(`"${app}-test-Users" (for Users)`);

    // Of all tables it is left out, which is not as if it were up to date.
    expect(await runCommand(missing, 'up')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Users: no table here, left out'),
    });
    expect((await runForJson(missing, 'up')).document).toMatchObject([{ table: 'Users', status: 'nothingToDo', noTable: true }]);
    await createTable(missing.dynamodb, `${app}-test-Users`);
    await runForJson(missing, 'up', 'Users');
    expect(await runCommand(missing, 'up')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Users: nothing to do') });
  } finally {
    await missing.close();
  }
});
