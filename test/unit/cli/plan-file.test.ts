import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepPlans, readPlan } from '../../../cli/plan/plan-file.ts';
import type { PendingVersion, TablePlan } from '../../../core/plan/table-plan.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodt-plan-file-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const version: PendingVersion = {
  sequence: 3,
  file: 'Users/v3.ts',
  checksum: '2:c3',
  status: 'pending',
  deployed: 'same',
  parameters: { days: 7 },
  seeds: 0,
  trial: null,
};

function planOf(table: string, versions: PendingVersion[] = [version]): TablePlan {
  const empty = { problems: [], notes: [], applied: [], size: null, sample: null, estimate: null };
  return { table, tableName: table, tableId: 't1', ok: true, ...empty, versions };
}

async function kept(name: string, plans: TablePlan[], sequence?: number): Promise<string> {
  const file = join(folder, name);
  await keepPlans(file, plans, { sequence, service: 'shop' });
  return file;
}

describe('the file of a plan', () => {
  it('has what a start compares, and no items', async () => {
    const file = await kept('one.json', [planOf('Users')]);
    const planned = { tableId: 't1', versions: [{ sequence: 3, checksum: '2:c3', parameters: { days: 7 } }] };
    expect(JSON.parse(await readFile(file, 'utf8')).tables).toEqual([{ table: 'Users', planned }]);
    expect(await readPlan(file, undefined, 'shop')).toEqual({ table: 'Users', planned });
  });

  it('says how far to go if the plan was told', async () => {
    expect(await readPlan(await kept('to.json', [planOf('Users')], 3), 'Users', 'shop')).toMatchObject({ to: 3 });
  });

  it.each([
    [
      'has several tables, and none is named',
      [planOf('Orders'), planOf('Users')],
      undefined,
      'shop',
      'Name one of them, as in `dynamodt up Orders --plan',
    ],
    ['is of another table', [planOf('Orders')], 'Users', 'shop', 'is a plan for Orders, and not for Users'],
    ['is of another service', [planOf('Users')], 'Users', 'other', 'is a plan for the service "shop"'],
    ['has nothing pending', [planOf('Users', [])], 'Users', 'shop', 'nothing was pending'],
  ])('is refused if it %s', async (_, plans, table, service, message) => {
    const file = await kept('bad.json', plans);
    await expect(readPlan(file, table, service)).rejects.toMatchObject({ name: 'InvalidInput', message: expect.stringContaining(message) });
  });

  it('is refused if it is missing or no plan', async () => {
    await expect(readPlan(join(folder, 'none.json'), 'Users', 'shop')).rejects.toThrow('There is no file');
    const file = join(folder, 'other.json');
    await writeFile(file, '{"tables": []}');
    await expect(readPlan(file, 'Users', 'shop')).rejects.toThrow('is no plan');
    await expect(keepPlans(join(folder, 'no/plan.json'), [planOf('Users')], { sequence: undefined, service: 'shop' })).rejects.toThrow(
      '(ENOENT)',
    );
  });

  it('is read with the byte order mark of an editor on Windows', async () => {
    const text = await readFile(await kept('marked.json', [planOf('Users')]), 'utf8');
    await writeFile(join(folder, 'marked.json'), `\uFEFF${text}`);
    expect(await readPlan(join(folder, 'marked.json'), 'Users', 'shop')).toMatchObject({ table: 'Users' });
  });

  it('is not called missing if it is a folder', async () => {
    await expect(readPlan(folder, 'Users', 'shop')).rejects.toThrow(`"${folder}" cannot be read (EISDIR)`);
  });
});
