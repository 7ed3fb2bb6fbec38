import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTable, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';
import { removeWorkingCopies, workingCopy } from './working-copy.ts';

/** Workflow: the seeds of a file change after they were inserted. */

function seeding(...seeds: object[]) {
  return `export const sequence = 1;
export const seed = ${JSON.stringify(seeds)};
`;
}

let service: Service;
beforeAll(async () => {
  service = await startService({});
});
afterAll(async () => {
  await service?.close();
  await removeWorkingCopies();
});

async function contents(table: string) {
  return Object.fromEntries([...(await readAll(service.dynamodb, table)).values()].map((item) => [item['id']?.S, item['v']?.N]));
}

it('are counted by the gate; a further sweep inserts the new ones, keeps what is there, and counts what differs', async () => {
  const table = uniqueName('Seeded');
  await createTable(service.dynamodb, table);
  const before = [
    { id: 'a', v: 1 },
    { id: 'b', v: 1 },
  ];
  await service.publish(table, { 'v1.ts': seeding(...before) });
  await runCommand(service, 'up', table);
  expect(await contents(table)).toEqual({ a: '1', b: '1' });

  // A value changes, one takes the place of another, and two are added, one of them under a key that the application took.
  const after = [
    { id: 'a', v: 2 },
    { id: 'instead', v: 1 },
    { id: 'c', v: 1 },
    { id: 'taken', v: 1 },
  ];
  await service.dynamodb.send(new PutItemCommand({ TableName: table, Item: { id: { S: 'taken' }, v: { N: '9' } } }));
  await service.publish(table, { 'v1.ts': seeding(...after) });
  expect(await runForJson(service, 'repair', table)).toMatchObject({ exitCode: 0, document: { repaired: [{ sequence: 1 }] } });

  const folder = await workingCopy({ [`${table}/v1.ts`]: seeding(...after) });
  const gate = await runForJson(service, 'plan', table, '--sequence', '1', '--transformations', folder);
  expect(gate).toMatchObject({
    exitCode: 1,
    document: {
      ok: false,
      problems: [{ name: 'SeedsMissing', sequence: 1, message: expect.stringMatching(/^1 of 4 seeds .*--again 1/) }],
      applied: [{ sequence: 1, seeds: { looked: 4, missing: 1, gone: 1, differing: 2 } }],
    },
  });
  expect(gate.document.notes.map(({ name, message }: { name: string; message: string }) => `${name} ${message.slice(0, 1)}`)).toEqual(
    expect.arrayContaining(['SeedsGone 1', 'SeedsDiffer 2']),
  );

  const again = await runForJson(service, 'up', table, '--again', '1');
  expect(again).toMatchObject({ exitCode: 0, document: { counters: { inserted: 1, differing: 1 } } });
  expect(await contents(table)).toEqual({ a: '1', b: '1', c: '1', taken: '9' });
  expect(await runForJson(service, 'plan', table, '--sequence', '1', '--transformations', folder)).toMatchObject({
    exitCode: 0,
    document: { problems: [], applied: [{ seeds: { missing: 0, gone: 1, differing: 2 } }] },
  });
});
