import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleTransformations } from '../../../bundle/bundle-transformations.ts';
import { initTable } from '../../../cli/files/init-table.ts';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'dynamodt-init-')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function project(files: Record<string, unknown>): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), typeof content === 'string' ? content : JSON.stringify(content));
  }
}

/** A runner that lists the tests below some folders, as the real ones do; `test/matrix` has the real ones. */
function runner(name: 'jest' | 'vitest', folders: string[]): Record<string, unknown> {
  const list = `const { existsSync, globSync } = require('node:fs');
const files = ${JSON.stringify(folders)}.flatMap((folder) => globSync(process.cwd() + '/' + folder + '/**/*.test.*'));
console.log(${name === 'jest' ? "files.join('\\n')" : 'JSON.stringify(files.map((file) => ({ file })))'});`;
  return {
    [`node_modules/${name}/package.json`]: { name },
    [`node_modules/${name}/${name === 'jest' ? 'bin/jest.js' : 'vitest.mjs'}`]:
      name === 'jest'
        ? list
        : list.replace('const {', 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);\nconst {'),
  };
}

async function init() {
  const document = await initTable(join(root, 'transformations'), 'Users');
  const [transformation = '', test = ''] = document.created.map((path) => relative(root, path));
  return { transformation, test, text: await readFile(join(root, test), 'utf8'), run: document.test };
}

const nodenext = { compilerOptions: { module: 'NodeNext' } };

describe('the test that init makes', () => {
  it('is for vitest in an ES module under nodenext, which imports compiled files', async () => {
    await project({ 'package.json': { type: 'module', scripts: { test: 'vitest run' } }, 'tsconfig.json': nodenext });

    const { test, text, run } = await init();

    expect(test).toBe('transformations/Users/v1.test.ts');
    expect(text).toContain("import { expect, it } from 'vitest';\nimport * as v1 from './v1.js';");
    expect(run).toEqual({ command: 'npx vitest run transformations/Users/v1.test.ts', found: true });
  });

  it.each([
    ['CommonJS', {}, { module: 'NodeNext' }, './v1'],
    ['the resolution of Node 10', { type: 'module' }, { module: 'commonjs', moduleResolution: 'node10' }, './v1'],
    ['a bundler', { type: 'module' }, { module: 'preserve', moduleResolution: 'bundler' }, './v1'],
    ['imports of .ts', { type: 'module' }, { module: 'nodenext', allowImportingTsExtensions: true }, './v1.ts'],
    ['rewritten imports', {}, { module: 'nodenext', rewriteRelativeImportExtensions: true }, './v1.ts'],
  ])('imports the file as the project does: with %s', async (_, manifest, compilerOptions, imported) => {
    await project({ 'package.json': { ...manifest, devDependencies: { vitest: '5' } }, 'tsconfig.json': { compilerOptions } });

    expect((await init()).text).toContain(`import * as v1 from '${imported}';`);
  });

  it('is for jest, without an import of what @types/jest declares', async () => {
    await project({ 'package.json': { devDependencies: { jest: '30', '@types/jest': '30' } }, 'tsconfig.json': nodenext });

    const { text, run } = await init();

    expect(text).toMatch(/^import \{ check \} from 'dynamodt\/testing';\nimport \* as v1 from '\.\/v1';\n/);
    expect(run?.command).toBe('npx jest transformations/Users/v1.test.ts');
  });

  it.each(['jest', 'vitest'] as const)('is where %s finds it, as in the folder test of a CDK project', async (name) => {
    await project({
      'package.json': { devDependencies: { [name]: '1' } },
      'tsconfig.json': nodenext,
      'test/app.test.ts': '',
      ...runner(name, ['test']),
    });

    const { test, text, run } = await init();

    expect(test).toBe('test/transformations/Users/v1.test.ts');
    expect(text).toContain("import * as v1 from '../../../transformations/Users/v1';");
    expect(run?.found).toBe(true);
  });

  it('is beside the file if the runner finds it there, although there is a folder test', async () => {
    await project({ 'package.json': { devDependencies: { jest: '1' } }, 'test/app.test.ts': '', ...runner('jest', ['.']) });

    expect((await init()).test).toMatch(/^transformations\/Users\/v1\.test\./);
  });

  it('says so if the runner finds it nowhere', async () => {
    await project({ 'package.json': { devDependencies: { jest: '1' } }, 'test/app.test.ts': '', ...runner('jest', ['elsewhere']) });

    expect((await init()).run?.found).toBe(false);
  });

  it('is for the runner of the workspace if the package has none', async () => {
    await project({ 'package.json': { workspaces: ['packages/*'], devDependencies: { jest: '30' } }, 'packages/shop/package.json': {} });
    root = join(root, 'packages/shop');

    expect((await init()).run?.command).toBe('npx jest transformations/Users/v1.test.js');
    root = dirname(dirname(root));
  });

  it.each([
    ['an ES module in TypeScript', { type: 'module', scripts: { test: 'node --test' } }, true, 'v1.ts', 'v1.test.ts'],
    ['CommonJS in TypeScript, whose .ts files Node reads as CommonJS', { scripts: { test: 'node --test' } }, true, 'v1.mts', 'v1.test.mjs'],
    ['no runner', { type: 'module' }, false, 'v1.ts', 'v1.test.mjs'],
  ])('is for Node itself: %s', async (_, manifest, hasTypeScript, transformation, test) => {
    await project({
      'package.json': manifest,
      ...(hasTypeScript && {
        'tsconfig.json': { compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true } },
        'node_modules/@types/node/package.json': {},
      }),
    });

    const made = await init();

    expect([made.transformation, made.test]).toEqual([`transformations/Users/${transformation}`, `transformations/Users/${test}`]);
    expect(made.text).toContain(`import { it } from 'node:test';`);
    expect(made.text).toContain(`from './${transformation}';`);
    expect(made.run?.command).toBe(`node --test ${made.test}`);
  });

  it.each([
    ['nothing compiles', { devDependencies: { jest: '30' } }, 'NODE_OPTIONS=--experimental-vm-modules npx jest'],
    ['babel compiles', { devDependencies: { jest: '30', '@babel/preset-env': '7' } }, 'npx jest'],
    [
      'a script of the project loads as they are',
      { scripts: { test: 'node --experimental-vm-modules node_modules/.bin/jest' }, devDependencies: { 'babel-jest': '30' } },
      'NODE_OPTIONS=--experimental-vm-modules npx jest',
    ],
  ])('is run by jest as it loads ES modules that %s', async (_, manifest, command) => {
    await project({ 'package.json': { type: 'module', ...manifest } });

    const { test, text, run } = await init();

    expect(text).toContain("import * as v1 from './v1';");
    expect(run?.command).toBe(`${command} ${test}`);
  });

  it('is CommonJS, as the transformation, for jest in a CommonJS package without TypeScript', async () => {
    await project({ 'package.json': { devDependencies: { jest: '30' } } });

    const { text } = await init();

    expect(text).toContain("const { check } = require('dynamodt/testing');\nconst v1 = require('./v1');");
    const { tables } = await bundleTransformations(join(root, 'transformations'), join(root, 'out'));
    expect(tables['Users']).toMatchObject([{ file: 'Users/v1.js', format: 'cjs', isUnfilled: true }]);
  });
});
