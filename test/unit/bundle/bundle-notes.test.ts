import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleTransformations } from '../../../bundle/bundle-transformations.ts';
import { loadBundled } from '../../../bundle/load-bundled.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** Bundles `transformations/Users/v1.ts`, which begins with these lines. `load` loads it as a deploy does. */
async function bundled(lines: string, files: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-notes-'));
  folders.push(folder);
  const version = `${lines}\nexport const sequence = 1;\nexport const adds = ['a'];\nexport const transformUp = (item: object) => ({ ...item, a: 1 });\n`;
  for (const [file, text] of Object.entries({ 'package.json': '{"type":"module"}', 'transformations/Users/v1.ts': version, ...files })) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  const out = join(folder, 'out');
  const { tables } = await bundleTransformations(join(folder, 'transformations'), out);
  const [entry] = tables['Users'] ?? [];
  if (!entry) throw new Error('It was not bundled.');
  return { entry, load: () => loadBundled(entry, (module) => import(pathToFileURL(join(out, module)).href)) };
}

/** A CommonJS package. */
function packageOf(name: string, code: string, more: object = {}): Record<string, string> {
  return {
    [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.2.3', ...more }),
    [`node_modules/${name}/index.js`]: code,
  };
}

const usesIt = "import thing from 'thing';\nexport const used = thing;";

describe('native code', () => {
  const native = 'imports the package thing@1.2.3, whose native code a deploy does not contain: it contains JavaScript, text and JSON.';

  it.each([
    ['requires it', packageOf('thing', "module.exports = require('./build/thing.node');")],
    ['finds it by another package', packageOf('thing', "module.exports = require('bindings')('thing');")],
    ['finds it by a constructor', packageOf('thing', "module.exports = require('@mapbox/node-pre-gyp').find('thing');")],
  ])('of a package that %s is named when the file is loaded', async (_, files) => {
    const { entry, load } = await bundled(usesIt, { ...files, 'node_modules/thing/build/thing.node': 'native' });

    expect(entry.problem).toBeUndefined();
    await expect(load()).rejects.toMatchObject({
      name: 'InvalidTransformation',
      message: expect.stringContaining(`The transformation Users/v1.ts ${native} Use a package without native code.`),
    });
  });

  it('is noted if the package can do without it, and then the file is loaded', async () => {
    const code = "try { module.exports = require('node-gyp-build')(__dirname); } catch { module.exports = 'slow'; }";
    const { entry, load } = await bundled(usesIt, packageOf('thing', code));

    expect(entry.notes).toEqual([expect.stringContaining(native)]);
    await expect(load()).resolves.toMatchObject({ sequence: 1 });
  });

  it('that a package loads by a computed name is known by its package.json', async () => {
    const more = { optionalDependencies: { '@thing/linux-x64': '1.2.3' } };
    const { entry } = await bundled(usesIt, packageOf('thing', 'module.exports = (name) => require(name);', more));

    expect(entry.notes).toContainEqual(expect.stringContaining(native));
  });
});

describe('CommonJS packages', () => {
  it('have __dirname and __filename, those of the bundle', async () => {
    const code =
      'exports.place = [__dirname, __filename]; const own = () => { const __dirname = 1; return __dirname; }; exports.own = own();';
    const { entry, load } = await bundled(
      "import { own, place } from 'thing';\nif (!place[1]?.startsWith(place[0] ?? '-') || own !== 1) throw new Error('other');",
      packageOf('thing', code),
    );

    await expect(load()).resolves.toMatchObject({ sequence: 1 });
    expect(entry.notes).toBeUndefined();
  });

  it('may require what is not installed, and the file is loaded if nothing comes to it', async () => {
    const code = "exports.rare = () => require('missing/deep');";
    const { entry, load } = await bundled(usesIt, packageOf('thing', code));

    expect(entry.notes).toEqual([
      'imports the package thing@1.2.3, which imports missing/deep (node_modules/thing/index.js line 1), and that is not installed. If transformations come to that line, install it',
    ]);
    await expect(load()).resolves.toMatchObject({ sequence: 1 });
  });

  it('that look for files beside their code, or require by a computed name, are noted with the line', async () => {
    const code =
      "const fs = require('fs');\nexports.read = () => fs.readFileSync(__dirname + '/data.txt');\nexports.load = (name) => require(name);";
    const { entry } = await bundled(usesIt, packageOf('thing', code));

    expect(entry.notes).toEqual([
      expect.stringMatching(
        /^imports the package thing@1\.2\.3, which imports by a name that it computes \(node_modules\/thing\/index\.js line 3\)/,
      ),
      expect.stringMatching(
        /^imports the package thing@1\.2\.3, which looks for files beside its own code \(node_modules\/thing\/index\.js line 2\)/,
      ),
    ]);
  });
});

describe('own files', () => {
  it('that read files beside them, or import by a computed name, are noted with file and line', async () => {
    const { entry } = await bundled("import { a } from '../../src/a.ts';\nexport const used = a;", {
      'src/a.ts':
        "// import.meta.url\nimport { readFileSync } from 'node:fs';\nexport const a = (name: string) => [import(name), readFileSync(new URL('./a.txt', import.meta.url))];",
    });

    expect(entry.notes).toEqual([
      expect.stringMatching(/^imports by a name that is computed \(src\/a\.ts line 3\).*Write each name out/),
      expect.stringMatching(/^uses import\.meta\.url \(src\/a\.ts line 3\).*`import text from '\.\/prices\.csv'`/),
    ]);
  });

  it('have what is not in the bundle beside the error with which loading them ends', async () => {
    const { load } = await bundled("import { readFileSync } from 'node:fs';\nreadFileSync(new URL('./a.txt', import.meta.url));");

    await expect(load()).rejects.toMatchObject({
      message: expect.stringMatching(/throws Error when it is loaded; .*ENOENT.* It also uses import\.meta\.url \(Users\/v1\.ts line 2\)/),
    });
  });

  it.each([
    [
      'tsconfig.json',
      { 'tsconfig.json': '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }' },
      'tsconfig.json',
    ],
    [
      'what tsconfig.json extends',
      {
        'tsconfig.json': '{ "extends": ["./base"], "compilerOptions": { "experimentalDecorators": true } }',
        'base.json': '{ "compilerOptions": {\n// "emitDecoratorMetadata": false,\n"emitDecoratorMetadata": true } }',
      },
      'base.json',
    ],
  ])('with decorators whose metadata %s asks for are noted', async (_, files, config) => {
    const lines = "import { User } from '../../src/user.ts';\nexport const used = User;";
    const code = 'const noted = (..._: unknown[]): void => {};\nexport class User { @noted name = 1 }';
    const { entry } = await bundled(lines, { ...files, 'src/user.ts': code });
    const without = await bundled(lines, { ...files, 'src/user.ts': 'export class User { name = 1 }' });

    expect(entry.notes).toEqual([
      expect.stringContaining(`contains decorators (src/user.ts), and ${config} asks for emitDecoratorMetadata`),
    ]);
    expect(without.entry.notes).toBeUndefined();
  });
});

describe('JSX', () => {
  const files = (compilerOptions: object): Record<string, string> => ({
    'lib/card.tsx': 'export const card = <b>hi</b>;',
    'tsconfig.json': JSON.stringify({ compilerOptions }),
    'node_modules/react/package.json': JSON.stringify({ name: 'react', version: '19.0.0' }),
    'node_modules/react/jsx-runtime.js': "exports.jsx = (type, { children }) => ['<', type, '>', children, '</', type, '>'].join('');",
    'node_modules/react/index.js': "exports.createElement = () => 'classic';",
  });
  const usesCard = "import { card } from '../../lib/card';\nif (card !== '<b>hi</b>') throw new Error(String(card));";

  it.each([{ jsx: 'preserve' }, { jsx: 'react-jsx' }, {}])('gets the runtime that a bundler would import, with %o', async (options) => {
    const { entry, load } = await bundled(usesCard, files(options));

    expect(entry.problem).toBeUndefined();
    await expect(load()).resolves.toMatchObject({ sequence: 1 });
  });

  it('calls createElement if the tsconfig says so', async () => {
    const { load } = await bundled(usesCard, {
      ...files({ jsx: 'react' }),
      'lib/card.tsx': "import React from 'react';\nexport const card = <b>hi</b>;",
    });

    await expect(load()).rejects.toThrow('classic');
  });

  it('is named with file and line if its runtime is not installed', async () => {
    const { entry } = await bundled(usesCard, { ...files({ jsx: 'preserve', jsxImportSource: 'preact' }) });

    expect(entry.problem).toMatch(/Could not resolve "preact\/jsx-runtime" \(lib\/card\.tsx line 1\)/);
  });
});

describe('what cannot be bundled is named with file and line:', () => {
  it.each([
    [
      'a picture',
      "import picture from '../../src/a.png';\nexport const used = picture;",
      { 'src/a.png': '' },
      "imports src/a.png (line 1), and what an import of a \".png\" file gives is not known. Import its text as `import text from '../../src/a.png' with { type: 'text' }`, or its bytes with { type: 'bytes' }",
    ],
    [
      'a package that is not installed',
      "import { used } from '../../src/a.ts';\nexport const again = used;",
      { 'src/a.ts': "\nimport thing from 'thing';\nexport const used = thing;" },
      'does not compile: Could not resolve "thing" (src/a.ts line 2). If it is a package, install it in this project; if it is one of `paths`, they are read from the nearest tsconfig.json above the file that imports it, and from what that extends',
    ],
    ['a file that does not exist', "import './a.ts';", {}, 'does not compile: Could not resolve "./a.ts" (line 1)'],
  ])('%s', async (_, lines, files, problem) => {
    expect((await bundled(lines, files)).entry.problem).toBe(problem);
  });
});
