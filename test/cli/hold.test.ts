import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adding, numberedItems, withCopies } from '../support/numbered-items.ts';
import { createTable, putAll, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';
import { removeWorkingCopies, workingCopy } from './working-copy.ts';

/** A version was taken back, and the next pipeline must not apply it again. */

const items = numberedItems(12);

let service: Service;
beforeAll(async () => {
  service = await startService({});
});
afterAll(async () => {
  await service?.close();
  await removeWorkingCopies();
});

async function tableWith(files: Record<string, string>) {
  const table = uniqueName('Held');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  await service.publish(table, files);
  return table;
}

describe('a version that was taken back', () => {
  it('stays out of every start that names no version until it is released', async () => {
    const files = { 'v1.ts': adding(1, 'once'), 'v2.ts': adding(2, 'twice') };
    const table = await tableWith(files);
    await runCommand(service, 'up', table);
    expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once', 'twice'));

    const down = await runCommand(service, 'down', table);
    expect(down.stdout).toContain(`The next \`dynamodt up ${table}\`, or the next pipeline, applies v2 again`);
    expect(down.stdout).toContain(`dynamodt hold ${table} --below 2 --why "…"`);
    expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once'));

    const held = await runForJson(service, 'hold', table, '--below', '2', '--why', 'see INC-42');
    expect(held).toMatchObject({
      exitCode: 0,
      document: { table, hold: { below: 2, by: expect.stringMatching(/^user:/), why: 'see INC-42', sequences: [2] } },
    });
    expect((await runForJson(service, 'status', table)).document).toMatchObject({
      applied: [1],
      pending: [],
      hold: { below: 2, why: 'see INC-42', sequences: [2] },
    });
    expect((await runCommand(service, 'status', table)).stdout).toMatch(
      /v2 is held by user:\S+ since .* \(only versions below 2 are applied\): "see INC-42"/,
    );
    const copy = await workingCopy(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${table}/${name}`, text])));
    const plan = await runForJson(service, 'plan', table, '--transformations', copy);
    expect(plan).toMatchObject({ exitCode: 0, document: { ok: true, versions: [{ sequence: 2, trial: expect.anything() }] } });
    expect(plan.document.notes).toContainEqual({ name: 'Held', message: expect.stringContaining('see INC-42') });

    // The pipeline: transform-all, a start of the state machine, and the command.
    expect((await service.runAll({})).error).toBeUndefined();
    expect((await service.run({ table })).output).toContain('nothingToDo');
    const up = await runCommand(service, 'up', table);
    expect(up.exitCode).toBe(0);
    expect(up.stdout).toMatch(/: nothing to do\n.*v2 is held by .*"see INC-42"/);
    expect(await runForJson(service, 'up', table)).toMatchObject({ document: { status: 'nothingToDo', hold: { below: 2 } } });
    expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once'));

    const released = await runForJson(service, 'release', table);
    expect(released).toMatchObject({ exitCode: 0, document: { table, released: { below: 2, sequences: [2] } } });
    expect((await runForJson(service, 'status', table)).document).toMatchObject({ pending: [2] });
    expect((await runForJson(service, 'release', table)).document).toEqual({ table, released: null });
    expect((await service.runAll({})).error).toBeUndefined();
    expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once', 'twice'));
  });

  it('is applied by a run that names it, with a warning, and the hold stays', async () => {
    const table = await tableWith({ 'v1.ts': adding(1, 'once'), 'v2.ts': adding(2, 'twice'), 'v3.ts': adding(3, 'thrice') });
    await runCommand(service, 'hold', table, '--below', '2', '--why', 'not yet');

    const up = await runCommand(service, 'up', table);
    expect(up.exitCode).toBe(0);
    expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once'));

    const named = await runCommand(service, 'up', table, '--to', '2');
    expect(named.exitCode).toBe(0);
    expect(named.stdout).toMatch(/v2 was asked for by its number, although v2 and above are held by .*"not yet"/);
    expect(await readAll(service.dynamodb, table)).toEqual(withCopies(items, 'once', 'twice'));
    expect((await service.run({ table })).output).toContain('nothingToDo');
    const down = await runForJson(service, 'down', table);
    expect(down.document.pendingAgain).toBeUndefined();
    expect((await runForJson(service, 'down', table)).document.pendingAgain).toEqual([1]);
  });
});

it('wants to know from which version on, and why', async () => {
  const table = await tableWith({ 'v1.ts': adding(1, 'once') });

  for (const args of [[], ['--below', '2'], ['--why', 'x'], ['--below', '2', '--why', ' ']])
    expect(await runForJson(service, 'hold', table, ...args)).toMatchObject({ exitCode: 2, document: { error: { name: 'InvalidInput' } } });
  expect(await runForJson(service, 'hold', 'Nobody', '--below', '2', '--why', 'x')).toMatchObject({
    exitCode: 1,
    document: { error: { name: 'UnknownTable' } },
  });
  expect(await service.ledger.hold(table)).toBeUndefined();
});
