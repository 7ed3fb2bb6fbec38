import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson, startCommand } from './command.ts';

function file(sequence: number, prepare: string): string {
  return `
export const sequence = ${sequence};
export const adds = ['flag${sequence}'];
export const prepare = ${prepare};
export const transformUp = (item, { preparation }) => ({ ...item, flag${sequence}: preparation.flag });
`;
}

/** Data that only the operator can reach. */
const onlyHere = `async ({ scan }) => {
  if (!process.env.ONLY_HERE) throw new Error('not reachable');
  let count = 0;
  for await (const item of scan(['id'])) count++;
  return { flag: process.env.ONLY_HERE + count };
}`;
const items: RawItem[] = Array.from({ length: 20 }, (_, n) => ({ id: { S: `u${n}` } }));

let service: Service;
let table: string;
let folder: string;

beforeAll(async () => {
  service = await startService({ 'Shared/shared.ts': '' });
});
afterAll(() => service?.close());
beforeEach(async () => {
  table = uniqueName('Here');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  folder = await mkdtemp(join(tmpdir(), 'dynamodt-here-'));
  return () => rm(folder, { recursive: true });
});

async function local(name: string, text: string): Promise<void> {
  await mkdir(join(folder, table), { recursive: true });
  await writeFile(join(folder, table, name), text);
}

function here(...args: string[]) {
  return startCommand(service, ['prepare', table, '--here', '--transformations', folder, ...args], { ONLY_HERE: 'seen' }).ended;
}

describe('dynamodt prepare', () => {
  it('gathers in the service by the process its users know, and says so', async () => {
    await service.deploy({ [`${table}/v1.ts`]: file(1, "() => ({ flag: 'made' })") });
    expect(await service.run({ table: uniqueName('None') })).toMatchObject({ status: 'FAILED' });

    const { exitCode, document } = await runForJson(service, 'prepare', '--tNumber', '1', '--table', table);

    expect({ exitCode, document }).toMatchObject({
      exitCode: 0,
      document: {
        table,
        prepareOnly: true,
        status: 'succeeded',
        sequences: [1],
        prepared: [{ sequence: 1, bytes: 15, entries: 1, digest: expect.stringMatching(/^[0-9a-f]{16}$/) }],
      },
    });
    expect(await runCommand(service, 'status', table)).toMatchObject({ stdout: expect.stringContaining('prepare v1') });
    const { document: up } = await runForJson(service, 'up', table);
    expect(up).toMatchObject({ status: 'succeeded', prepareOnly: false });
    const { document: history } = await runForJson(service, 'history', table);
    expect(history.versions).toMatchObject([{ sequence: 1, status: 'applied', preparation: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    expect(history.runs).toMatchObject([{ prepareOnly: false }, { prepareOnly: true }]);
  });

  it('gathers here what only the operator can reach, and the run takes it', async () => {
    await local('v1.ts', file(1, onlyHere));
    await service.deploy({ [`${table}/v1.ts`]: file(1, onlyHere) });
    expect(await runForJson(service, 'up', table)).toMatchObject({
      exitCode: 1,
      document: {
        error: { name: 'PreparationInvalid', message: expect.stringContaining(`dynamodt prepare ${table} --sequence 1 --here`) },
      },
    });

    expect(await here('--sequence', '1')).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(/prepared .* v1: \d+ bytes of JSON, 1 entry, digest [0-9a-f]{16}, encrypted as/),
    });

    expect(await runForJson(service, 'up', table)).toMatchObject({ exitCode: 0 });
    expect([...(await readAll(service.dynamodb, table)).values()].map((item) => item['flag1']?.S)).toEqual(Array(20).fill('seen20'));
  });

  it('may gather before the file is deployed, and says what that means', async () => {
    await local('v1.ts', file(1, onlyHere));
    expect(await here('--sequence', '1')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/not deployed yet/) });

    // Formatting changes nothing; other code would.
    await service.deploy({ [`${table}/v1.ts`]: `// deployed\n${file(1, onlyHere)}` });
    expect(await runForJson(service, 'up', table)).toMatchObject({ exitCode: 0 });
  });

  it.each([
    ['no version', [], 2, /Give the version to prepare/],
    ['a version without a file', ['--sequence', '7'], 1, /MissingTransformation/],
    ['a version that prepares nothing', ['--sequence', '2'], 1, /InvalidInput.*exports no "prepare"/s],
    ['a prepare that throws', ['--sequence', '3'], 1, /PreparationInvalid.*threw RangeError \(.*v3\.ts:4\).*RangeError: no such flag/s],
  ])('refuses %s', async (_, args, exitCode, message) => {
    await local('v2.ts', file(2, '1').replace('prepare =', 'other ='));
    await local('v3.ts', file(3, "() => { throw new RangeError('no such flag'); }"));
    const ended = await here(...args);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stderr).toMatch(message);
  });
});
