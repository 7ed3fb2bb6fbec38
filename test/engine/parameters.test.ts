import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../cli/command.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

const tables = { days: uniqueName('Params'), secret: uniqueName('Params'), touch: uniqueName('Params'), several: uniqueName('Params') };
const items: RawItem[] = Array.from({ length: 20 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));
let service: Service;

beforeAll(async () => {
  service = await startService({
    [`${tables.days}/v1.ts`]: file(`export const adds = ['days', 'at'];
export const parameters = { days: 14, prefix: 'X#' };
export const transformUp = (item, { parameters, startedAt }) => ({ ...item, days: parameters.days, at: startedAt });`),
    [`${tables.secret}/v1.ts`]: file(`import { secret } from 'dynamodt';
export const adds = ['length'];
export const parameters = { token: secret('default') };
export const transformUp = (item, { parameters }) => ({ ...item, length: parameters.token.length });`),
    [`${tables.touch}/v1.ts`]: file(`export const overwrites = ['touchedAt'];
export const transformUp = (item, { startedAt }) => ({ ...item, touchedAt: startedAt });`),
    [`${tables.several}/v1.ts`]: file(`export const adds = ['kept'];
export const parameters = { days: 14 };
export const transformUp = (item, { parameters }) => ({ ...item, kept: parameters.days });`),
    [`${tables.several}/v2.ts`]: file(`export const adds = ['days', 'at'];
export const parameters = { days: 14 };
export const transformUp = (item, { parameters, startedAt }) => {
  if (item.broken) throw new RangeError('broken');
  return { ...item, days: parameters.days, at: startedAt };
};`).replace('sequence = 1', 'sequence = 2'),
  });
  for (const table of Object.values(tables)) {
    await createTable(service.dynamodb, table);
    await putAll(service.dynamodb, table, items);
  }
});
afterAll(() => service?.close());

function file(body: string): string {
  return `export const sequence = 1;\n${body}`;
}

async function valuesOf(table: string, name: string): Promise<Set<unknown>> {
  return new Set([...(await readAll(service.dynamodb, table)).values()].map((item) => item[name]?.N));
}

it('refuses a parameter that the file does not declare, or of another kind, and writes nothing', async () => {
  for (const parameters of [{ '1': { day: 1 } }, { '1': { days: '30' } }, { '2': { days: 30 } }])
    expect(await service.run({ table: tables.days, parameters })).toMatchObject({ status: 'FAILED', error: 'InvalidParameters' });
  expect(await service.ledger.versions(tables.days)).toEqual([]);
});

it('gives all items the same value and the same time, and keeps them for the way back', async () => {
  expect(await runCommand(service, 'up', tables.days, '--set', 'days=30')).toMatchObject({ exitCode: 0 });
  expect(await valuesOf(tables.days, 'days')).toEqual(new Set(['30']));
  expect((await valuesOf(tables.days, 'at')).size).toBe(1);
  const other = await service.run({ table: tables.days, direction: 'down', parameters: { '1': { days: 7 } } });
  expect(other).toMatchObject({ status: 'FAILED', error: 'InvalidParameters' });
  expect(other.errorMessage).toContain('days=30');
  expect(await service.run({ table: tables.days, direction: 'down' })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readAll(service.dynamodb, tables.days)).toEqual(new Map(items.map((item) => [JSON.stringify(item['id']), item])));
});

it('gives several pending versions values of their own, and a run that goes on with one of them the same, at the same time', async () => {
  const table = tables.several;
  const broken: RawItem = { id: { S: 'broken' }, n: { N: '0' }, broken: { BOOL: true } };
  await putAll(service.dynamodb, table, [broken]);
  const set = ['--set', '1.days=3', '--set', '2.days=30'];
  expect(await runCommand(service, 'up', table, ...set)).toMatchObject({ exitCode: 1 });
  const [first] = await valuesOf(table, 'at').then((values) => [...values].filter((at) => at !== undefined));
  const others = await service.run({ table, parameters: { '2': { days: 7 } } });
  expect(others).toMatchObject({ status: 'FAILED', error: 'InvalidParameters' });
  expect(others.errorMessage).toContain('days=30');

  const { broken: _, ...mended } = broken;
  await putAll(service.dynamodb, table, [mended]);
  expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED' });

  expect(await valuesOf(table, 'kept')).toEqual(new Set(['3', undefined]));
  expect(await valuesOf(table, 'days')).toEqual(new Set(['30']));
  expect(await valuesOf(table, 'at')).toEqual(new Set([first]));
  const { stdout } = await runCommand(service, 'history', table);
  expect(stdout).toContain('  v1 with days=3\n  v2 with days=30\n');
});

it('encrypts a secret before the run starts, so that no history shows it', async () => {
  const shown = await runCommand(service, 'up', tables.secret, '--set', 'token=canary-7f3a');
  expect(shown).toMatchObject({ exitCode: 0 });
  expect(await valuesOf(tables.secret, 'length')).toEqual(new Set(['11']));
  const [run] = await service.ledger.runs(tables.secret, 1);
  const history = await service.sfn.send(new GetExecutionHistoryCommand({ executionArn: run?.execution ?? '', maxResults: 1000 }));
  const told = await runCommand(service, 'history', tables.secret, '--json');
  for (const text of [JSON.stringify(history), JSON.stringify(run), JSON.stringify(shown), JSON.stringify(told)])
    expect(text).not.toContain('canary-7f3a');
  expect(JSON.stringify(told)).toContain('(secret)');
});

it('refuses a secret that is not encrypted, without repeating it', async () => {
  const refused = await service.run({ table: tables.secret, again: 1, parameters: { '1': { token: 'plain-9b1c' } } });
  expect(refused).toMatchObject({ status: 'FAILED', error: 'InvalidParameters' });
  expect(refused.errorMessage).not.toContain('plain-9b1c');
});

it('touches every item once more when a version is applied again, at the time of that run', async () => {
  expect(await service.run({ table: tables.touch })).toMatchObject({ status: 'SUCCEEDED' });
  const first = await valuesOf(tables.touch, 'touchedAt');
  expect(await service.run({ table: tables.touch, again: 1 })).toMatchObject({ status: 'SUCCEEDED' });
  const second = await valuesOf(tables.touch, 'touchedAt');
  expect([first.size, second.size]).toEqual([1, 1]);
  expect(second).not.toEqual(first);
});
