import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
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
  'node_modules/react/package.json': '{"name":"react","version":"19.0.0"}\n',
  'node_modules/react/jsx-runtime.js': 'exports.jsx = (type) => type;\n',
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

/** A version that imports one file of data or code, `src/<name>`, and uses it. */
function importing(specifier: string): string {
  return `import value from '../../src/${specifier};\nexport const sequence = 1;\nexport const adds = ['a'];\nexport const transformUp = (item: object) => ({ ...item, a: value });\n`;
}

it.each([
  ['a text', 'a.txt', "a.txt'", 'one', 'two', 'one '],
  ['a table of values', 'a.csv', "a.csv'", 'id,name\n1,Ada', 'id,name\n1,Alan', 'id,name\n1, Ada'],
  ['a statement', 'a.sql', "a.sql'", 'SELECT 1', 'SELECT 2', 'SELECT  1'],
  ['a text as vitest reads it', 'a.csv', "a.csv?raw'", 'a', 'b', 'a '],
  ['code as a text', 'a.ts', "a.ts?raw'", 'export const a = 1;', 'export const a = 2;', '// a\nexport const a = 1;'],
  ['a text by an attribute', 'a.rules', "a.rules' with { type: 'text' }", 'a', 'b', 'a '],
  ['JSON as a text', 'a.json', "a.json' with { type: 'text' }", '[1]', '[2]', '[ 1 ]'],
])('gives another checksum when %s changes in any way', async (_, name, specifier, text, other, spaced) => {
  const checksumOf = async (content: string) => {
    await write({ 'transformations/Users/v1.ts': importing(specifier), [`src/${name}`]: content });
    const { problem, checksum, bundleChecksum, imports } = await bundled();
    expect([problem, imports]).toEqual([undefined, [`../src/${name}`]]);
    return [checksum, bundleChecksum];
  };
  const all = [await checksumOf(text), await checksumOf(other), await checksumOf(spaced)];
  expect(new Set(all.map(([checksum]) => checksum)).size).toBe(3);
  expect(new Set(all.map(([, bundle]) => bundle)).size).toBe(3);
});

it('gives another checksum when bytes change that are no text', async () => {
  await write({ 'transformations/Users/v1.ts': importing("a.wasm' with { type: 'bytes' }") });
  const checksumOf = async (byte: number) => {
    await writeFile(join(folder, 'src/a.wasm'), new Uint8Array([0, byte]));
    return (await bundled()).checksum;
  };
  expect(await checksumOf(0xfe)).not.toBe(await checksumOf(0xff));
});

it.each([
  ['JSON', 'a.json', "a.json'", '{"a":1}', '{ "a": 1 }'],
  ['JSON by an attribute', 'a.json', "a.json' with { type: 'json' }", '{"a":1}', '{ "a": 1 }'],
  ['TSX', 'a.tsx', "a.tsx'", 'export default <b>hi</b>;', '// hello\nexport default <b>hi</b> as unknown;'],
])('gives the same checksum when only white space, comments and types of %s change', async (_, name, specifier, text, other) => {
  await write({ 'transformations/Users/v1.ts': importing(specifier), [`src/${name}`]: text });
  const before = await bundled();
  await write({ [`src/${name}`]: other });
  expect(before.problem).toBeUndefined();
  expect(await bundled()).toEqual(before);
  await write({ [`src/${name}`]: other.replace('1', '2').replace('hi', 'ho') });
  expect((await bundled()).checksum).not.toBe(before.checksum);
});

it('contains a file that is imported in two ways once for each', async () => {
  await write({
    'transformations/Users/v1.ts': `import json from '../../src/a.json';\nimport same from '../../src/a.json' with { type: 'json' };\nimport text from '../../src/a.json?raw';\n${version}\nexport const all = [json, same, text];\n`,
    'src/a.json': '{"a":1}',
  });
  const before = await bundled();
  await write({ 'src/a.json': '{ "a": 1 }' });
  expect(before.problem).toBeUndefined();
  expect((await bundled()).checksum).not.toBe(before.checksum);
});

it('counts modules that are imported by a pattern', async () => {
  await write({
    'transformations/Users/v1.ts': `${version}\nexport const load = (name: string) => import(\`../rules/\${name}.ts\`);\n`,
    'transformations/rules/one.ts': 'export const one = 1;',
  });
  const before = await bundled();
  await write({ 'transformations/rules/one.ts': 'export const one = 2;' });
  expect(before.imports).toContain('rules/one.ts');
  expect((await bundled()).checksum).not.toBe(before.checksum);
});

it('is the same for a file with types that only types are imported from, and for one without', async () => {
  const before = await bundled();
  await write({
    'transformations/Users/v1.ts': `import type { User } from '../../src/types.ts';\n${version.replace('{ first: string }', 'User')}`,
    'src/types.ts': 'export interface User { first: string }',
  });
  expect(await bundled()).toEqual(before);
});

it('follows links to the file, its folder, or the project', async () => {
  const direct = await bundled();
  await mkdir(join(folder, 'linked'));
  await symlink(join(folder, 'transformations/Users'), join(folder, 'linked/Users'));
  await symlink(join(folder, 'transformations'), join(folder, 'other'));
  const checksumIn = async (source: string) => {
    const { tables } = await bundleTransformations(join(folder, source), join(folder, 'out'));
    return tables['Users']?.[0];
  };
  expect(await checksumIn('other')).toEqual(direct);
  const before = await checksumIn('linked');
  await write({ 'src/model.ts': 'export const full = (first: string) => first.toUpperCase();' });
  expect(before?.checksum).toMatch(/^2:[0-9a-f]{32}$/);
  expect((await checksumIn('linked'))?.checksum).not.toBe(before?.checksum);
});

it('reads what tsconfig says: paths, what it extends, decorators of parameters', async () => {
  await write({
    'tsconfig.json': '{ "extends": "./base.json" }',
    'base.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] }, "experimentalDecorators": true } }',
    'src/class.ts':
      'const noted = (..._: unknown[]): void => {};\nexport default class User { constructor(@noted readonly id: string) {} }\n',
    'transformations/Users/v1.ts': importing("class.ts'").replace('../../src/', '@/'),
  });
  const file = await bundled();
  expect([file.problem, file.imports]).toEqual([undefined, ['../src/class.ts']]);
});

it('reads decorators of the language without a tsconfig', async () => {
  await write({
    'src/class.ts': 'const noted = (..._: unknown[]): void => {};\nexport default class User { @noted accessor id = 1 }\n',
    'transformations/Users/v1.ts': importing("class.ts'"),
  });
  expect((await bundled()).problem).toBeUndefined();
});
