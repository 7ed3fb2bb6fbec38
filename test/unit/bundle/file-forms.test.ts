import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { bundleTransformations } from '../../../bundle/bundle-transformations.ts';
import { callTransform } from '../../../core/change/call-transform.ts';
import { contextOpener } from '../../../core/change/called-with.ts';
import { loadTransformation } from '../../../core/transformation/load-transformation.ts';
import { contextFor } from '../../support/transformations.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** Bundles one file as a deploy does; `load` loads it as a function does. */
async function bundled(file: string, text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-forms-'));
  folders.push(folder);
  const [source, out] = [join(folder, 'transformations'), join(folder, 'out')];
  await mkdir(dirname(join(source, file)), { recursive: true });
  await writeFile(join(source, file), text);
  const { tables } = await bundleTransformations(source, out);
  const [entry] = tables['Users'] ?? [];
  if (!entry) throw new Error('It was not bundled.');
  return { entry, load: () => loadTransformation(entry, (module) => import(pathToFileURL(join(out, module)).href)) };
}

const body = `{ sequence: 1, adds: ['a'], transformUp: (item) => {
  if (item.id === 'bad') throw new RangeError('x');
  return { ...item, a: 1 };
} }`;

it.each([
  [
    'a typed file',
    'Users/v1.ts',
    `import { defineTransformation } from 'dynamodt';\nexport default defineTransformation<{ id: string }>()(${body});`,
  ],
  [
    'a typed file of CommonJS',
    'Users/v1.cjs',
    `const { defineTransformation } = require('dynamodt');\nmodule.exports = defineTransformation()(${body});`,
  ],
  [
    'a typed file that a compiler made CommonJS',
    'Users/v1.js',
    `Object.defineProperty(exports, '__esModule', { value: true });\nexports.default = require('dynamodt').defineTransformation()(${body});`,
  ],
  ['one object of CommonJS', 'Users/v1.cjs', `module.exports = ${body};`],
])('%s is bundled and loaded, and its errors have a place in it', async (_, file, text) => {
  const { entry, load } = await bundled(file, text);
  const { declared, transformUp } = await load();

  expect(declared.adds).toEqual(['a']);
  expect(entry.checksum).toMatch(/^2:[0-9a-f]{32}$/);
  await expect(async () => callTransform(transformUp, { id: { S: 'bad' } }, contextOpener(contextFor('up'))(), file)).rejects.toMatchObject(
    {
      name: 'TransformThrew',
      place: expect.stringMatching(/^Users\/v1\.[a-z]+:\d+$/),
    },
  );
});

it.each([
  [
    'an object that is not made by defineTransformation',
    `export default ${body};`,
    'a default export that is not made by defineTransformation',
  ],
  [
    'both forms',
    `import { defineTransformation } from 'dynamodt';\nexport const sequence = 1;\nexport default defineTransformation()(${body});`,
    'also exports "sequence"',
  ],
])('a module with %s is refused', async (_, text, problem) => {
  const { load } = await bundled('Users/v1.ts', text);

  await expect(load()).rejects.toMatchObject({ name: 'InvalidTransformation', message: expect.stringContaining(problem) });
});

it('the checksum of a typed file does not depend on its types, and does on its functions', async () => {
  const typed = (type: string, value: number): string =>
    `import { defineTransformation } from 'dynamodt';\nexport default defineTransformation<${type}>()({ sequence: 1, adds: ['a'], transformUp: (item) => ({ ...item, a: ${value} }) });`;
  const checksumOf = async (text: string): Promise<string> => (await bundled('Users/v1.ts', text)).entry.checksum;

  const checksum = await checksumOf(typed('{ id: string }', 1));

  expect(await checksumOf(typed('{ id: string; n?: number }', 1))).toBe(checksum);
  expect(await checksumOf(typed('{ id: string }', 2))).not.toBe(checksum);
});

it('says of two files that are the same but for their endings that one must go, and bundles neither into the other', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-forms-'));
  folders.push(folder);
  const [source, out] = [join(folder, 'transformations'), join(folder, 'out')];
  await mkdir(join(source, 'Users'), { recursive: true });
  const text = `export default ${body};`;
  await Promise.all(['v1.mts', 'v1.ts'].map((name) => writeFile(join(source, 'Users', name), text)));

  const { tables } = await bundleTransformations(source, out);

  const [first, twin] = tables['Users'] ?? [];
  expect(first).toMatchObject({ file: 'Users/v1.mts', module: 'Users/v1.mjs' });
  expect(twin).toMatchObject({ file: 'Users/v1.ts', problem: 'stands beside v1.mts, which has the same number: remove one of them' });
  expect(twin).not.toHaveProperty('module');
});
