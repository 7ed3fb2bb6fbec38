import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkPackage } from '../../infra/build/check-package.ts';
import { everySetting } from '../../infra/template/every-setting.ts';
import { writeTemplate } from '../../infra/template/write-template.ts';
import { exampleTransformations } from '../support/synthesise.ts';
import { installPackage, oldestTypescript, type Project, typescript } from './installed-package.ts';

// Processes in processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const peers = ['aws-cdk-lib', 'constructs', '@aws-cdk/toolkit-lib'];
const entries = ['dynamodt', 'dynamodt/testing', 'dynamodt/item', 'dynamodt/cdk', 'dynamodt/serverless'];
let project: Project;

beforeAll(async () => {
  project = await installPackage([...peers, '@types/node']);
});
afterAll(() => project?.remove());

async function packedFiles(): Promise<{ file: string; bytes: number }[]> {
  const found = await readdir(project.root, { recursive: true, withFileTypes: true });
  return Promise.all(
    found
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => ({
        file: join(parentPath, name).slice(project.root.length + 1),
        bytes: (await stat(join(parentPath, name))).size,
      })),
  );
}

/** What a module loads before it runs: its files, and the packages that they import. */
async function loadedAtStart(entry: string): Promise<{ files: string[]; packages: string[] }> {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files)
    for (const [, target = ''] of (await readFile(file, 'utf8')).matchAll(/^(?:import|export) ?(?:[^'"();]*? ?from ?)?"([^"]+)";$/gm))
      if (target.startsWith('.')) files.add(join(dirname(file), target));
      else packages.add(target);
  return { files: [...files], packages: [...packages] };
}

describe('what is packed', () => {
  it('holds what a team needs and nothing of the workshop', async () => {
    const tops = new Set(
      (await packedFiles()).map(
        ({ file }) => /^(docs|examples|transformations)\//.exec(file)?.[1] ?? file.split('/').slice(0, 2).join('/'),
      ),
    );

    expect([...tops].sort()).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'RELEASING.md',
      'SECURITY.md',
      'dist/NOTICE.txt',
      'dist/cdk.cjs',
      'dist/cdk.js',
      'dist/chunks',
      'dist/cli',
      'dist/functions',
      'dist/index.cjs',
      'dist/index.js',
      'dist/infra',
      'dist/item.cjs',
      'dist/item.js',
      'dist/local',
      'dist/serverless.cjs',
      'dist/serverless.js',
      'dist/template',
      'dist/testing.cjs',
      'dist/testing.js',
      'dist/types',
      'dist/types-cjs',
      'docs',
      'examples',
      'package.json',
      'state-machines/transform-all.asl.json',
      'state-machines/transform-table.asl.json',
      'transformations',
    ]);
  });

  it('holds every page that one of its pages links to', async () => {
    const pages = (await packedFiles()).map(({ file }) => file).filter((file) => file.endsWith('.md'));
    const links = await Promise.all(
      pages.map(async (page) => {
        const text = await readFile(join(project.root, page), 'utf8');
        return [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => join(project.root, dirname(page), match[1] ?? ''));
      }),
    );

    expect(pages).toContain('docs/a-run-failed.md');
    expect(links.flat().filter((link) => !existsSync(link))).toEqual([]);
  });

  it('stays small: 5.6 MB packed and 28.3 MB unpacked in November 2026, half of it functions with the SDK in each, a third a part of the AWS CDK', async () => {
    const unpackedBytes = (await packedFiles()).reduce((sum, { bytes }) => sum + bytes, 0);

    expect(project.packedBytes).toBeLessThan(6_500_000);
    expect(unpackedBytes).toBeLessThan(32_000_000);
  });

  it('loads the clients of a deploy for no other verb', async () => {
    const { files, packages } = await loadedAtStart(join(project.root, 'dist/cli/command.js'));

    expect(files.length).toBeGreaterThan(5);
    expect(packages).toContain('@aws-sdk/client-dynamodb');
    expect(packages.filter((name) => /client-(cloudformation|sts|s3|kms)$|^esbuild$|readline/.test(name))).toEqual([]);
  });

  it('is refused by name where a file is missing', async () => {
    const broken = await installPackage([]);
    try {
      await rm(join(broken.root, 'dist/functions/start-run.mjs'));
      await rm(join(broken.root, 'dist/cdk.js'));

      await expect(checkPackage(broken.root)).rejects.toThrow(
        /Missing:\n- \.\/dist\/cdk\.js\n- dist\/functions\/start-run\.mjs\nRun `npm run build`/,
      );
    } finally {
      await broken.remove();
    }
  });
});

describe('its entries', () => {
  const expected = {
    dynamodt: ['NumberValue', 'defineConfig', 'defineTransformation', 'insert', 'remove', 'secret'],
    'dynamodt/testing': ['check'],
    'dynamodt/item': ['missing', 'upgrade'],
    'dynamodt/cdk': ['Dynamodt', 'propsFromConfig'],
  };

  it.each(Object.entries(expected))('%s is imported by an ES module', async (entry, names) => {
    const { stdout } = await project.node([
      '--input-type=module',
      '-e',
      `import * as all from '${entry}'; console.log(JSON.stringify(Object.keys(all)))`,
    ]);

    expect(JSON.parse(stdout)).toEqual(names);
  });

  it.each(Object.entries(expected))('%s is required by a CommonJS module, also if Node requires no ES modules', async (entry, names) => {
    const { stdout, stderr } = await project.node([
      '--no-experimental-require-module',
      '--input-type=commonjs',
      '-e',
      `console.log(JSON.stringify(Object.keys(require('${entry}'))))`,
    ]);

    expect(JSON.parse(stdout)).toEqual(names);
    expect(stderr).toBe('');
  });

  it('dynamodt/serverless is the plugin itself, both ways', async () => {
    const imported = await project.node([
      '--input-type=module',
      '-e',
      "import Plugin from 'dynamodt/serverless'; console.log(Plugin.name)",
    ]);
    const required = await project.node([
      '--no-experimental-require-module',
      '--input-type=commonjs',
      '-e',
      "console.log(require('dynamodt/serverless').name)",
    ]);

    expect([imported.stdout, required.stdout]).toEqual(['DynamodtPlugin\n', 'DynamodtPlugin\n']);
  });

  it.each(['dynamodt/testing', 'dynamodt/cdk', 'dynamodt/serverless'])('%s is one module for require and import', async (entry) => {
    const { stdout } = await project.node([
      '--input-type=commonjs',
      '-e',
      `const one = require('${entry}'); import('${entry}').then((two) => console.log(one === (two.default ?? one), Object.keys(one).every((name) => one[name] === two[name])))`,
    ]);

    expect(stdout).toBe('true true\n');
  });

  it('dynamodt/item stays small, in both forms, and needs nothing else', async () => {
    for (const file of ['dist/item.js', 'dist/item.cjs']) {
      const { outputFiles, metafile } = await build({
        ...{ entryPoints: [join(project.root, file)], bundle: true, minify: true, write: false, metafile: true },
        ...{ format: 'esm', platform: 'node', external: ['node:*'] },
      });

      expect(gzipSync(outputFiles[0]?.contents ?? '').length, file).toBeLessThan(5_700);
      expect(Object.keys(metafile.inputs), file).toHaveLength(1);
    }
  });

  it('dynamodt/item upgrades by files of either form, required or imported', async () => {
    const use = "JSON.stringify(upgrade({ id: '1' }, [{ sequence: 1, adds: ['n'], transformUp: (item) => ({ ...item, n: 1 }) }]))";
    const imported = await project.node(['--input-type=module', '-e', `import { upgrade } from 'dynamodt/item'; console.log(${use})`]);
    const required = await project.node([
      '--no-experimental-require-module',
      ...['--input-type=commonjs', '-e', `const { upgrade } = require('dynamodt/item'); console.log(${use})`],
    ]);

    expect([imported.stdout, required.stdout]).toEqual(['{"id":"1","n":1}\n', '{"id":"1","n":1}\n']);
  });

  it('knows a NumberValue of the other copy of dynamodt', async () => {
    const { stdout } = await project.node([
      '--input-type=commonjs',
      '-e',
      `const { NumberValue } = require('dynamodt');
       import('dynamodt').then((two) => console.log(NumberValue === two.NumberValue, NumberValue.from('1') instanceof two.NumberValue, {} instanceof NumberValue))`,
    ]);

    expect(stdout).toBe('false true false\n');
  });

  it.each([
    ['the command', ['node_modules/dynamodt/dist/cli/main.js', '--help']],
    ['require', ['-e', "require('dynamodt/testing')"]],
    ['import', ['--input-type=module', '-e', "import 'dynamodt/cdk'"]],
  ])('refuse a Node that is too old in one sentence: %s', async (_, args) => {
    await project.write({
      'node-18.cjs': "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });",
    });

    await expect(project.node(['--require', './node-18.cjs', ...args])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Node 18.20.8 is too old: dynamodt needs Node 22.12 or newer.'),
    });
  });

  it('has a command that runs', async () => {
    const { stdout } = await project.node(['node_modules/dynamodt/dist/cli/main.js', '--help']);

    expect(stdout).toContain('npx dynamodt up Users');
  });
});

describe('its template', () => {
  it('is written without a CDK, with every setting, as from the sources', async () => {
    const plain = await installPackage([]);
    try {
      for (const [index, settings] of everySetting(exampleTransformations).entries()) {
        await plain.write({ 'dynamodt.config.json': JSON.stringify(settings) });
        await plain.node(['node_modules/dynamodt/dist/cli/main.js', 'template', '--out', `out-${index}`]);
        const expected = join(plain.folder, `expected-${index}`);
        writeTemplate(expected, settings);

        expect(await templateIn(join(plain.folder, `out-${index}`))).toEqual(await templateIn(expected));
      }
    } finally {
      await plain.remove();
    }
  });
});

/** The template without hashes of code: the team's bundles contain `dynamodt` as it is built, or from the sources. */
async function templateIn(folder: string): Promise<unknown> {
  const text = await readFile(join(folder, 'template.json'), 'utf8');
  return JSON.parse(text.replaceAll(/-[0-9a-f]{16}(?=\.(zip|json))/g, '').replaceAll(/(?<=CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, ''));
}

describe('its types', () => {
  const source = `import { defineTransformation, type Transform, NumberValue } from 'dynamodt';
import { missing, upgrade } from 'dynamodt/item';
import { check } from 'dynamodt/testing';
import { Dynamodt, type DynamodtProps } from 'dynamodt/cdk';
import DynamodtPlugin from 'dynamodt/serverless';
export const up: Transform<{ fullName?: string }> = (user) => ({ ...user, firstName: user.fullName });
export const checked: Promise<unknown> = check({ sequence: 1, transformUp: up }, [{ id: '1' }]);
export const props = (tables: DynamodtProps['tables']): DynamodtProps => ({ tables, name: 'second' });
const define = defineTransformation<{ id: string; fullName?: string }>();
export const typed = define({
  sequence: 1,
  adds: ['n'],
  prepare: async () => ({ n: 1 }),
  transformUp: (user, { preparation }) => ({ ...user, n: preparation.n }),
  transformDown: ({ n, ...user }) => user,
});
// @ts-expect-error: it adds m, which is not declared
export const undeclared = define({ sequence: 1, adds: ['n'], transformUp: (user) => ({ ...user, m: 1 }) });
// @ts-expect-error: misspelt
export const misspelt = define({ sequence: 1, add: ['n'], transformUp: (user) => user });
export const checkedToo: Promise<unknown> = check(typed, [{ id: '1' }]);
export const upgraded: { id: string; n?: number } = upgrade({ id: '1', fullName: 'Ada' }, [typed]);
export const lacking: number[] = missing({ id: '1' }, [typed]);
// @ts-expect-error: the version has no such attribute
export const none = upgrade({ id: '1' }, [typed]).m;
export const all = [NumberValue, Dynamodt, DynamodtPlugin];
`;
  const wrong = "import type { DynamodtProps } from 'dynamodt/cdk';\nexport const props: DynamodtProps = { tables: {}, naem: 'second' };\n";
  const modules = { nodenext: 'nodenext', node16: 'node16', bundler: 'esnext', node10: 'commonjs' };
  const compile = (compiler: string, resolution: keyof typeof modules) =>
    project.node([
      compiler,
      ...['--noEmit', '--strict', '--skipLibCheck', '--esModuleInterop', '--target', 'es2022', '--types', 'node'],
      ...['--module', modules[resolution], '--moduleResolution', resolution],
      ...['right.ts', 'wrong.ts'],
    ]);

  it.each([
    ['the newest TypeScript', 'nodenext', 'module', typescript],
    ['the newest TypeScript', 'nodenext', 'commonjs', typescript],
    ['the newest TypeScript', 'bundler', 'module', typescript],
    ['the oldest TypeScript', 'node16', 'module', oldestTypescript],
    ['the oldest TypeScript', 'node16', 'commonjs', oldestTypescript],
    ['the oldest TypeScript', 'node10', 'commonjs', oldestTypescript],
  ] as const)('are found and hold: %s, moduleResolution %s, type %s', async (_name, resolution, type, compiler) => {
    await project.write({
      'package.json': JSON.stringify({ type }),
      'right.ts': source,
      'wrong.ts': wrong,
    });

    // One error and no other: in wrong.ts.
    await expect(compile(compiler, resolution)).rejects.toMatchObject({
      stdout: expect.stringMatching(/^wrong\.ts.*'naem' does not exist[^\n]*\n?$/),
    });
  });
});

it('deploys a folder of transformations from an empty CDK app', async () => {
  await project.write({
    'package.json': '{"type":"module"}',
    'transformations/Users/v1_split_name.ts': `import { NumberValue, type Transform } from 'dynamodt';
export const sequence = 1;
export const adds = ['firstName'];
export const transformUp: Transform<{ fullName?: string | NumberValue }> = (user) =>
  user.fullName instanceof NumberValue ? undefined : { ...user, firstName: user.fullName?.split(' ')[0] };
`,
    'transformations/Users/v2_typed.ts': `import { defineTransformation } from 'dynamodt';
export default defineTransformation<{ fullName?: string }>()({ sequence: 2, adds: ['long'], transformUp: (user) => ({ ...user, long: (user.fullName?.length ?? 0) > 20 }) });
`,
    'app.ts': `import { App, Stack } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Dynamodt } from 'dynamodt/cdk';
const app = new App({ outdir: 'cdk.out', analyticsReporting: false });
const stack = new Stack(app, 'Service');
const users = new TableV2(stack, 'Users', { partitionKey: { name: 'id', type: AttributeType.STRING } });
new Dynamodt(stack, 'Dynamodt', { tables: { Users: users } });
const { Resources } = app.synth().getStackByName('Service').template;
console.log(JSON.stringify(Resources));
`,
  });

  const resources = Object.values<{ Type: string; Properties: Record<string, unknown> }>(
    JSON.parse((await project.node(['app.ts'])).stdout),
  );

  const names = (type: string, property: string) =>
    resources.filter(({ Type }) => Type === type).flatMap(({ Properties }) => Properties[property] ?? []);
  expect(names('AWS::StepFunctions::StateMachine', 'StateMachineName')).toEqual(['dynamodt-transform-table', 'dynamodt-transform-all']);
  expect(names('AWS::DynamoDB::Table', 'TableName')).toEqual(['dynamodt-ledger']);
  expect(names('AWS::Lambda::Function', 'FunctionName')).toEqual(
    expect.arrayContaining(
      ['start-run', 'prepare', 'transform-segment', 'settle-pass', 'record-failure'].map((name) => `dynamodt-${name}`),
    ),
  );
  expect((await readdir(join(project.folder, 'cdk.out'))).filter((name) => name.startsWith('asset.')).length).toBeGreaterThan(5);
});

it('needs no peer to run a transformation, its test, or the command', async () => {
  const alone = await installPackage([]);
  try {
    for (const entry of entries.filter((name) => name !== 'dynamodt/cdk'))
      await expect(alone.node(['--input-type=module', '-e', `await import('${entry}')`]), entry).resolves.toMatchObject({ stderr: '' });
    await expect(alone.node(['node_modules/dynamodt/dist/cli/main.js', '--version'])).resolves.toMatchObject({ stdout: '0.1.0\n' });
  } finally {
    await alone.remove();
  }
});
