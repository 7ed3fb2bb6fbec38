import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadTable, withBundledTables } from '../../../cli/files/local-tables.ts';
import { planFiles } from '../../../core/plan/plan-files.ts';
import { bundledTransformations } from '../../../infra/bundled-transformations.ts';

/** What is wrong with files is told in the same words at synth and by `plan --offline`. */

const good = `export const sequence = 1;
export const adds = ['n'];
export const transformUp = (item) => ({ ...item, n: 1 });`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodt-words-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function planned(source: string) {
  return withBundledTables(source, async (tables, elsewhere) => {
    const plans = [];
    for (const bundled of tables) {
      const { table, files, unused, squashed } = await loadTable(bundled);
      plans.push(planFiles(table, files, unused, squashed));
    }
    const all = [elsewhere, ...plans];
    const messages = (of: 'problems' | 'notes') => all.flatMap((plan) => plan[of].map(({ message }) => message)).sort();
    return { problems: messages('problems'), notes: messages('notes') };
  });
}

/** Paths of a run are those of its own bundle. */
function withoutFolders(text: string): string {
  return text.replace(/\S*\/(?=Users\/)/g, '');
}

it('of problems', async () => {
  const source = join(folder, 'problems');
  const files = {
    'Users/v1.ts': `import './a.png';\n${good}`,
    'Users/v2.ts': `throw new RangeError('no settings');\n${good.replace('1;', '2;')}`,
    'Users/v3.ts': good,
    'Users/v4.ts': `import 'not-installed';\n${good.replace('1;', '4;')}`,
    'Users/v5.ts': `import { readFileSync } from 'node:fs';\nreadFileSync(import.meta.dirname + '/none.txt');\n${good.replace('1;', '5;')}`,
    'Users/v6.ts': good.replace('1;', '6;'),
    'Users/v6_again.ts': good.replace('1;', '6;'),
    'Users/a.png': '',
    'Users/V7.ts': good,
    'v8.ts': good,
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(source, file)), { recursive: true });
    await writeFile(join(source, file), text);
  }

  const { problems } = await planned(source);

  expect(problems).toHaveLength(8);
  let atSynth = '';
  try {
    bundledTransformations(source, []);
  } catch (error) {
    atSynth = error instanceof Error ? error.message : '';
  }
  const lines = atSynth.split('\n- ').slice(1);
  expect(lines.map(withoutFolders).sort()).toEqual(problems.map(withoutFolders).sort());
});

it('of notes', async () => {
  const source = join(folder, 'notes');
  const files = {
    'Users/v1.ts': `export const place = import.meta.url;\nexport const load = (name) => import(name);\n${good}`,
    'Users/v9.sql': '',
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(source, file)), { recursive: true });
    await writeFile(join(source, file), text);
  }
  await mkdir(join(source, 'Orders'));

  const { problems, notes } = await planned(source);

  expect([problems, notes.length]).toEqual([[], 4]);
  const atSynth = bundledTransformations(source, []).notes.map(({ message }) => message);
  expect(atSynth.sort()).toEqual(notes);
});
