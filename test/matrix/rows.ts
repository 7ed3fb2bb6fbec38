import type { PlainProject } from './projects.ts';

/** One row of the matrix: a project, with the versions of Node.js, CDK and TypeScript that it is tried with. */
export interface Row {
  name: string;
  /** Version of the CDK command whose `cdk init` makes the project, or a project of another kind. */
  project: { cdkInit: string } | PlainProject;
  /** Version of Node; the default is the one that the deployed functions have. */
  node?: string;
  manager?: 'npm' | 'pnpm' | 'yarn node-modules' | 'yarn pnp';
  /** Packages that replace those of the project. */
  packages?: string[];
  /** Name of the folder in which the project is; a workspace is in `packages/shop`. */
  folder?: string;
  workspace?: true;
  /** Folder whose package.json has packages of its own, such as a second aws-cdk-lib. */
  ownPackages?: string;
  /** Lines that the filled-in transformation begins with. */
  imports?: string;
  /** The sentence with which this row is refused. */
  refused?: string;
}

const newest = { cdkInit: 'latest' };
const twoYearsAgo = { cdkInit: '2.170.0' };
const cdk = ['aws-cdk', 'aws-cdk-lib', 'constructs'];
const typescript = ['typescript', 'tsx', '@types/node@24'];

/** Yarn patches TypeScript for PnP, but not version 7, and fetches what aws-cdk-lib bundles: newest versions of that are not in every registry. */
const forYarn: PlainProject = {
  manifest: { type: 'module', scripts: { test: 'vitest run' } },
  packages: ['aws-cdk', 'aws-cdk-lib@2.224.0', 'constructs', 'typescript@5.9', 'tsx', '@types/node@24', 'vitest', 'vite'],
  compilerOptions: { module: 'nodenext' },
};

export const rows: Row[] = [
  { name: 'cdk init of today', project: newest },
  { name: 'cdk init of two years ago', project: twoYearsAgo },
  { name: 'cdk init of today, oldest Node', project: newest, node: '22.12.0' },
  { name: 'cdk init of today, newest Node', project: newest, node: '26' },
  { name: 'cdk init of two years ago, newest aws-cdk-lib', project: twoYearsAgo, packages: ['aws-cdk-lib@latest', 'aws-cdk@latest'] },
  { name: 'cdk init of two years ago, oldest TypeScript', project: twoYearsAgo, packages: ['typescript@5.4.5'] },
  { name: 'path with spaces', project: newest, folder: 'a path with spaces' },
  { name: 'pnpm', project: newest, manager: 'pnpm' },
  { name: 'yarn node-modules', project: forYarn, manager: 'yarn node-modules' },
  { name: 'yarn PnP', project: forYarn, manager: 'yarn pnp' },
  { name: 'npm workspace', project: newest, workspace: true },
  {
    name: 'vitest, ESM, nodenext',
    project: {
      manifest: { type: 'module', scripts: { test: 'vitest run' } },
      packages: [...cdk, ...typescript, 'vitest'],
      compilerOptions: { module: 'nodenext' },
    },
  },
  {
    name: 'vitest, ESM, oldest aws-cdk-lib',
    project: {
      manifest: { type: 'module', scripts: { test: 'vitest run' } },
      packages: [...cdk, ...typescript, 'vitest'],
      compilerOptions: { module: 'nodenext' },
    },
    packages: ['aws-cdk-lib@2.170.0'],
  },
  {
    name: 'vitest, ESM, bundler, tests in test/',
    project: {
      manifest: { type: 'module', scripts: { test: 'vitest run' } },
      packages: [...cdk, ...typescript, 'vitest'],
      compilerOptions: { module: 'preserve', moduleResolution: 'bundler' },
      files: {
        'vitest.config.ts':
          "import { defineConfig } from 'vitest/config';\nexport default defineConfig({ test: { include: ['test/**/*.test.ts'] } });\n",
        'test/README.md': 'Tests are here.\n',
      },
    },
  },
  {
    name: 'vitest, CommonJS',
    project: {
      manifest: { scripts: { test: 'vitest run' } },
      packages: [...cdk, ...typescript, 'vitest'],
      compilerOptions: { module: 'nodenext' },
    },
  },
  {
    name: 'vitest, ESM, text, TSX and path aliases',
    project: {
      manifest: { type: 'module', scripts: { test: 'vitest run' } },
      packages: [...cdk, ...typescript, 'vitest', 'preact'],
      compilerOptions: {
        module: 'preserve',
        moduleResolution: 'bundler',
        jsx: 'react-jsx',
        jsxImportSource: 'preact',
        paths: { '@shop/*': ['./src/*'] },
      },
      files: {
        'vitest.config.ts':
          "import { defineConfig } from 'vitest/config';\nexport default defineConfig({ resolve: { alias: { '@shop': new URL('src', import.meta.url).pathname } } });\n",
        'text.d.ts': "declare module '*?raw' {\n  const text: string;\n  export default text;\n}\n",
        'src/countries.csv': 'code,name\nUK,United Kingdom\n',
        'src/note.txt': 'A note.\n',
        'src/all.sql': 'select 1;\n',
        'src/card.tsx': 'export const card = <b>{1}</b>;\n',
        'src/lengths.ts': 'export const lengths: readonly number[] = [28, 8, 10];\n',
      },
    },
    imports: `import { card } from '@shop/card';
import countries from '@shop/countries.csv?raw';
import { lengths } from '@shop/lengths';
import sql from '../../src/all.sql?raw';
import note from '../../src/note.txt?raw';

if (card.type !== 'b' || [countries, note, sql].some(({ length }, index) => length !== lengths[index])) throw new Error('not as imported');
`,
  },
  {
    name: 'two copies of aws-cdk-lib',
    project: {
      manifest: { type: 'module', scripts: { test: 'vitest run' } },
      packages: [...cdk, ...typescript, 'vitest'],
      compilerOptions: { module: 'nodenext' },
      files: {
        'tables/package.json': JSON.stringify({
          name: 'tables',
          type: 'module',
          private: true,
          dependencies: { 'aws-cdk-lib': '2.170.0' },
        }),
        'tables/users.ts': `import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

export const usersTable = (scope: Construct) => new TableV2(scope, 'Users', { partitionKey: { name: 'id', type: AttributeType.STRING } });
`,
        // TypeScript takes classes of two copies for two types.
        'app.ts': `import { App, Stack } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Dynamodt } from 'dynamodt/cdk';
import { usersTable } from './tables/users.js';

const stack = new Stack(new App(), 'AppStack');
new Dynamodt(stack, 'Dynamodt', { tables: { Users: usersTable(stack) as unknown as ITable } });
`,
      },
    },
    ownPackages: 'tables',
  },
  {
    name: 'node:test, ESM, imports of .ts',
    project: {
      manifest: { type: 'module', scripts: { test: 'node --test' } },
      packages: [...cdk, 'typescript', '@types/node@24', 'tsx'],
      compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true, erasableSyntaxOnly: true, verbatimModuleSyntax: true },
    },
  },
  {
    name: 'node:test with tsx, CommonJS',
    project: {
      manifest: { type: 'commonjs', scripts: { test: 'tsx --test' } },
      packages: [...cdk, ...typescript],
      compilerOptions: { module: 'commonjs', moduleResolution: 'bundler' },
    },
  },
  {
    name: 'no runner, CommonJS, no TypeScript',
    project: { manifest: { type: 'commonjs' }, packages: cdk },
  },
  {
    name: 'jest, CommonJS, no TypeScript',
    project: { manifest: { scripts: { test: 'jest' } }, packages: [...cdk, 'jest'] },
  },
  {
    name: 'jest, ESM, no TypeScript',
    project: { manifest: { type: 'module', scripts: { test: 'NODE_OPTIONS=--experimental-vm-modules jest' } }, packages: [...cdk, 'jest'] },
  },
  {
    name: 'Node 18',
    project: { manifest: {}, packages: [] },
    node: '18',
    refused: 'is too old: dynamodt needs Node 22.12 or newer.',
  },
];
