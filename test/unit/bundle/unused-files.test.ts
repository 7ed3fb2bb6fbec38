import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bundleTransformations } from '../../../bundle/bundle-transformations.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A file of either form; no test cares which. */
function version(sequence: number): string {
  return `export const sequence = ${sequence};\nexport const adds = ['a'];\nexport const transformUp = (item: object) => ({ ...item, a: 1 });\n`;
}

async function unusedAmong(files: Record<string, string>, links: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-unused-'));
  folders.push(folder);
  const source = join(folder, 'transformations');
  for (const [file, text] of Object.entries({ 'Users/v1.ts': version(1), ...files })) {
    const isFolder = file.endsWith('/');
    await mkdir(isFolder ? join(source, file) : dirname(join(source, file)), { recursive: true });
    if (!isFolder) await writeFile(join(source, file), text);
  }
  for (const [link, target] of Object.entries(links)) await symlink(target, join(source, link));
  const { tables, unused } = await bundleTransformations(source, join(folder, 'out'));
  return { files: Object.values(tables).flatMap((of) => of.map(({ file }) => file)), unused };
}

it.each([
  ['a version beside the folders of tables', 'v9.ts', /is in no table's folder.*such as Users\/v9\.ts/],
  ['a transformation of another name beside the folders of tables', 'split.ts', /is in no table's folder/],
  ['a version in a folder of the folder', 'Users/sub/v2.ts', /directly in the folder of their table\. Move it to Users\/v2\.ts/],
  ['a version with a capital V', 'Users/V2_x.ts', /is not the name of a version\. Name it like v3\.ts/],
  ['a version with a leading zero', 'Users/v02.ts', /is not the name of a version/],
  ['a version without v', 'Users/2_split.ts', /is not the name of a version/],
  ['a version with a hyphen after its number', 'Users/v2-split.ts', /is not the name of a version\. .*an underscore before any words/],
  ['a copy', 'Users/v2 copy.ts', /is not the name of a version/],
  ['a version in TSX', 'Users/v2.tsx', /is not the name of a version/],
  ['a transformation of another name', 'Users/split_name.ts', /is not the name of a version/],
])('names %s', async (_, file, message) => {
  const { unused } = await unusedAmong({ [file]: version(9) });

  expect(unused).toEqual([{ file, message: expect.stringMatching(message), isProblem: true }]);
  expect(unused[0]?.message).toContain(`The file ${file} is not used`);
});

it('names the typed form, too', async () => {
  const text = "import { defineTransformation } from 'dynamodt';\nexport default defineTransformation()({ sequence: 2, adds: [] });";
  expect((await unusedAmong({ 'Users/split.ts': text })).unused).toHaveLength(1);
});

it.each([
  ['helpers', { 'Users/helpers.ts': 'export const trim = 1;', 'shared/v1/schema.ts': 'export const schema = 1;', 'names.ts': '' }],
  ['tests and type declarations', { 'Users/v1.test.ts': version(1), 'Users/v3_x.spec.ts': version(3), 'Users/v1.d.ts': '' }],
  ['tests in a folder', { 'Users/__tests__/v1.ts': version(1), 'Users/test/cases.ts': version(1), 'test/v1.ts': version(1) }],
  [
    'data beside its version',
    { 'Users/v1.csv': '', 'Users/v1_prices.json': '{}', 'Users/README.md': '', 'Users/squashed.json': '{"versions":[]}' },
  ],
  ['files that only types are imported from', { 'Users/types/v1.ts': 'export interface User { id: string }' }],
  ['a transformation in a comment', { 'Users/helpers.ts': `/*\n${version(1)}*/` }],
])('says nothing of %s', async (_, files) => {
  expect((await unusedAmong(files)).unused).toEqual([]);
});

it('says nothing of a file that a version imports, whatever its name is', async () => {
  const { unused } = await unusedAmong({
    'Users/v2.ts': "export * from './parts/v2.ts';",
    'Users/parts/v2.ts': version(2),
    'Users/v3.ts': "export * from '../v3.ts';",
    'v3.ts': version(3),
    'Users/v4.ts': "export * from './04.ts';",
    'Users/04.ts': version(4),
  });
  expect(unused).toEqual([]);
});

it('notes data that is named like a version that does not exist, and empty folders', async () => {
  const { unused } = await unusedAmong({ 'Users/v2.txt': '', 'Orders/': '' });
  expect(unused).toEqual([
    { file: 'Orders', message: expect.stringMatching(/folder Orders is empty.*dynamodt init Orders/), isProblem: false },
    { file: 'Users/v2.txt', message: expect.stringMatching(/Users\/v2\.txt is not used.*name it v2\.ts/), isProblem: false },
  ]);
});

it('takes what links lead to, and names links that lead to nothing', async () => {
  const { files, unused } = await unusedAmong(
    { '../elsewhere/v1.ts': version(1), '../elsewhere/other.ts': version(2) },
    { People: '../elsewhere', 'Users/v2.ts': '../../elsewhere/other.ts', 'Users/v3.ts': 'nothing.ts', Orders: 'nowhere' },
  );
  expect(files).toEqual(['People/v1.ts', 'Users/v1.ts', 'Users/v2.ts']);
  expect(unused.map(({ message }) => message)).toEqual([
    'The link Orders leads to nothing. Correct or remove it.',
    expect.stringContaining('People/other.ts'),
    'The link Users/v3.ts leads to nothing. Correct or remove it.',
  ]);
});
