import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { adding, numberedItems, withCopies } from '../support/numbered-items.ts';
import { createTable, putAll, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';
import { removeWorkingCopies, workingCopy } from './working-copy.ts';

/** Workflow: old files are deleted once all stages have their versions; a new stage begins with the first file that is left. */

const files = { 'v1.ts': adding(1, 'once'), 'v2.ts': adding(2, 'twice'), 'v3.ts': adding(3, 'thrice') };
const items = numberedItems(3);

let service: Service;
beforeAll(async () => {
  service = await startService({});
});
afterAll(async () => {
  await service?.close();
  await removeWorkingCopies();
});

it('takes a stage through the deletion of its files, and tells a new stage from one that is behind', async () => {
  const table = uniqueName('Squashed');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  await service.publish(table, files);
  const folder = await workingCopy({ [`${table}/v3.ts`]: files['v3.ts'] });
  const squash = (name: string, to: string) => runForJson(service, 'squash', name, '--to', to, '--transformations', folder);

  await service.run({ table, to: 1 });
  expect(await squash(table, '2')).toMatchObject({
    exitCode: 1,
    document: { error: { name: 'InvalidInput', message: expect.stringContaining('v2 is pending') } },
  });
  await service.run({ table });

  const list = join(folder, table, 'squashed.json');
  expect(await squash(table, '2')).toMatchObject({ exitCode: 0, document: { table, squashed: [1, 2], already: [], file: list } });
  const listed = await readFile(list, 'utf8');
  expect(JSON.parse(listed)).toEqual({ versions: [1, 2] });

  // The team deletes the files.
  await service.publish(table, { 'v1.ts': undefined, 'v2.ts': undefined, 'squashed.json': listed });
  const status = await runForJson(service, 'status', table);
  expect(status.document).toMatchObject({ applied: [1, 2, 3], pending: [] });
  expect(status.document.warnings).toBeUndefined();
  expect((await runForJson(service, 'history', table)).document.versions.map(({ state }: { state: string }) => state)).toEqual([
    'squashed',
    'squashed',
    'applied',
  ]);
  expect(await runForJson(service, 'plan', table, '--down', '--transformations', folder)).toMatchObject({
    exitCode: 0,
    document: {
      table,
      down: {
        to: 2,
        versions: [
          { sequence: 3, state: 'applied', deployed: 'same', way: 'function', by: 'derived' },
          { sequence: 2, state: 'squashed', file: null, way: 'none', refusal: { name: 'Irreversible' } },
          { sequence: 1, state: 'squashed', way: 'none' },
        ],
      },
    },
  });
  expect(await runForJson(service, 'up', table)).toMatchObject({ exitCode: 0, document: { status: 'nothingToDo' } });
  expect(await runForJson(service, 'down', table, '--to', '0')).toMatchObject({
    exitCode: 1,
    document: { error: { name: 'Irreversible' } },
  });
  expect(await runForJson(service, 'down', table)).toMatchObject({ exitCode: 0, document: { sequences: [3] } });
  expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once', 'twice'));
  expect((await service.run({ table })).error).toBeUndefined();
  expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once', 'twice', 'thrice'));

  // Other stages are other tables here, each with the files that are left.
  const left = { 'v3.ts': files['v3.ts'], 'squashed.json': listed };
  const [fresh, behind, unknown] = ['Fresh', 'Behind', 'Unknown'].map(uniqueName) as [string, string, string];
  for (const each of [fresh, behind, unknown]) await createTable(service.dynamodb, each);
  await service.publish(fresh, left);
  expect((await service.run({ table: fresh })).error).toBeUndefined();
  await putAll(service.dynamodb, fresh, items);
  expect((await service.run({ table: fresh })).output).toContain('nothingToDo');
  expect((await service.ledger.versions(fresh)).map(({ sequence }) => sequence)).toEqual([3]);

  await putAll(service.dynamodb, behind, items);
  await service.publish(behind, { 'v1.ts': files['v1.ts'] });
  await service.run({ table: behind });
  await service.publish(behind, { ...left, 'v1.ts': undefined });
  expect(await service.run({ table: behind })).toMatchObject({ error: 'MissingTransformation' });
  expect(await readAll(service.dynamodb, behind)).toEqual(withCopies(items, 'once'));

  await putAll(service.dynamodb, unknown, items);
  await service.publish(unknown, left);
  expect(await service.run({ table: unknown })).toMatchObject({ error: 'NotBaselined' });
  expect(await readAll(service.dynamodb, unknown)).toEqual(withCopies(items));
  const copy = await workingCopy({ [`${unknown}/v3.ts`]: files['v3.ts'], [`${unknown}/squashed.json`]: listed });
  const plan = await runForJson(service, 'plan', unknown, '--transformations', copy);
  expect(plan).toMatchObject({ exitCode: 1, document: { problems: [{ name: 'NotBaselined' }] } });

  // It is a copy of a stage that has both: the operator says so.
  expect(await runForJson(service, 'squash', unknown, '--to', '2', '--transformations', copy)).toMatchObject({
    exitCode: 0,
    document: { squashed: [1, 2] },
  });
  expect((await service.run({ table: unknown })).error).toBeUndefined();
  expect(await readAll(service.dynamodb, unknown)).toEqual(withCopies(items, 'thrice'));
});

it('wants to know up to which version', async () => {
  expect(await runCommand(service, 'squash', 'Users')).toMatchObject({ exitCode: 2 });
});
