import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bundleTransformations } from '../../../bundle/bundle-transformations.ts';
import { fileRefusal } from '../../../core/run/refuse-file.ts';

const version = `import { greet } from 'words';
import { full } from '../../src/model.ts';
import { trim } from '../shared/trim.ts';

export const sequence = 1;
export const adds = ['full'];
export const transformUp = (user: { first: string }) => ({ ...user, full: greet(full(trim(user.first))) });
`;
const project = {
  'transformations/Users/v1.ts': version,
  'transformations/shared/trim.ts': 'export const trim = (text: string) => text.trim();\n',
  'src/model.ts': 'export const full = (first: string) => first;\n',
  'node_modules/words/package.json': '{"name":"words","version":"1.0.0","type":"module","main":"index.js"}\n',
  'node_modules/words/index.js': 'export const greet = (name) => name;\n',
};
/** What algorithm 1 gave these files. */
const former = '1:b1943693e2257ed2a421f4e2f707ce5b';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodt-checksums-'));
  await write(project);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: Record<string, string>) {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
}

async function bundled() {
  const { tables } = await bundleTransformations(join(folder, 'transformations'), join(folder, 'out'));
  const [file] = tables['Users'] ?? [];
  if (!file) throw new Error('no file');
  return file;
}

it.each([
  ['the file', 'transformations/Users/v1.ts', version.replace("['full']", "['full', 'name']")],
  ['a file in transformations/', 'transformations/shared/trim.ts', 'export const trim = (text: string) => text.trimEnd();'],
  ['a file outside transformations/', 'src/model.ts', 'export const full = (first: string) => first.toUpperCase();'],
])('gives another checksum when %s has other code', async (_, file, text) => {
  const before = await bundled();
  await write({ [file]: text });
  const after = await bundled();
  expect(after.checksum).toMatch(/^2:[0-9a-f]{32}$/);
  expect(after.checksum).not.toBe(before.checksum);
  expect(after.bundleChecksum).not.toBe(before.bundleChecksum);
});

it.each([
  ['comments and types', 'src/model.ts', '// The full name.\nexport const full = (first: string): string => first;\n'],
  ['comments and types of the file itself', 'transformations/Users/v1.ts', `// Version one.\n${version}`],
])('gives the same checksums when only %s change', async (_, file, text) => {
  const before = await bundled();
  await write({ [file]: text });
  expect(await bundled()).toEqual(before);
});

it('gives the same checksum, another bundle and the new version when a package is updated', async () => {
  const before = await bundled();
  await write({
    'node_modules/words/package.json': project['node_modules/words/package.json'].replace('1.0.0', '1.1.0'),
    'node_modules/words/index.js': 'export const greet = (name) => name.toUpperCase();\n',
  });
  const after = await bundled();
  expect(after.checksum).toBe(before.checksum);
  expect(after.bundleChecksum).not.toBe(before.bundleChecksum);
  expect([before.packages, after.packages]).toEqual([['words@1.0.0'], ['words@1.1.0']]);
});

it('recognises a version that was applied before the checksum covered files outside transformations/', async () => {
  const applied = { table: 'Users', sequence: 1, status: 'applied', checksum: former, run: 'r1', at: '2026-01-01T00:00:00Z' } as const;
  expect(fileRefusal(applied, await bundled(), 2)).toBeUndefined();
  await write({ 'transformations/shared/trim.ts': 'export const trim = (text: string) => text.trimEnd();' });
  expect(fileRefusal(applied, await bundled(), 2)?.name).toBe('ChecksumMismatch');
});

it('counts what is imported through the library as no file of the team', async () => {
  await write({ 'transformations/Users/v1.ts': `import { NumberValue } from 'dynamodt';\n${version}\nexport const zero = NumberValue;\n` });
  const file = await bundled();
  expect(file.problem).toBeUndefined();
  expect(file.packages).toEqual(['words@1.0.0']);
});
