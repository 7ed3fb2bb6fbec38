import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import { installPackage, type Project, typescript } from './installed-package.ts';

/** Adds to a snippet what the page takes for granted, such as imports and the stack around it, so that it compiles. */
type Frame = (snippet: string) => string;

const cdk = `
import * as cdk from 'aws-cdk-lib';
import { TimeZone, Stack } from 'aws-cdk-lib';
import type { Pipeline } from 'aws-cdk-lib/aws-codepipeline';
import { StateMachineInput, StepFunctionInvokeAction } from 'aws-cdk-lib/aws-codepipeline-actions';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction, ILayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { type CodePipeline, ManualApprovalStep } from 'aws-cdk-lib/pipelines';
import type { DynamodtProps } from 'dynamodt/cdk';
import { MaintenanceWindow } from './maintenance-window';
import { TransformStep } from './cdk-pipelines';
declare const usersTable: ITable, ordersTable: ITable, pricesTable: ITable, users: ITable, emails: ITable;
declare const exports: IBucket, fonts: ILayerVersion, encryptionKey: IKey, topic: ITopic, askTheTeam: IFunction;
declare const pipeline: CodePipeline, test: cdk.Stage, prod: cdk.Stage;
export type Used = Pipeline | IKey;
`;
const alone: Frame = (snippet) => snippet;
/** The snippets leave out the type of the item, as JavaScript does. */
const untyped: Frame = (snippet) =>
  snippet.replace(
    /= (async )?\((\w+)(, (\{[^}]*\}))?\) =>/g,
    (_, async = '', item, __, context) => `= ${async}(${item}: any${context ? `, ${context}: any` : ''}) =>`,
  );

const dynamodt = `const dynamodt = new Dynamodt(this, 'Dynamodt', { tables: { Users: usersTable } });\n`;
/** Of each page, in the order of its snippets. */
const frames: Readonly<Record<string, readonly Frame[]>> = {
  'README.md': [alone, importing(''), inStack()],
  'docs/configuration.md': [alone],
  'docs/deploy.md': [inStack(), asTables(), inStack()],
  'docs/events.md': [inStack(), asProps('tables: { Users: usersTable }, ')],
  'docs/follow.md': [asProps()],
  'docs/look-ups.md': [untyped, alone, importing(`import { check } from 'dynamodt/testing';\nimport * as v1 from './items';`)],
  'docs/only-some-items.md': [
    (snippet) => `import type { Only } from 'dynamodt';\n${asAlternatives('Only<{ orphans: string[] }, { tenant: string }>')(snippet)}`,
  ],
  'docs/other-items.md': [untyped, (snippet) => `import { insert, remove } from 'dynamodt';\n${untyped(snippet)}`, inStack()],
  'docs/parameters.md': [importing(`import type { Transform } from 'dynamodt';`), importing(`import * as z from 'zod';`)],
  'docs/process.md': [alone, alone],
  'docs/reading-old-items.md': [
    importing(
      `import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';\ndeclare const client: DynamoDBDocumentClient, id: string;`,
    ),
    importing(
      `import { upgrade } from 'dynamodt/item';\nimport { v1, v2, v3 } from './versions';\ninterface User { tenant?: string }\ndeclare const item: User, regions: object, look: any;`,
    ),
  ],
  'docs/transformations.md': [alone],
  'docs/triggers.md': [inStack(), inStack(), inStack(dynamodt)],
};

/** Excerpts of files of examples/transformations, which have tests of their own: each line is one of the file's. */
const excerpts = 'docs/common-jobs.md';

const pages = ['README.md', ...readdirSync(join(packageRoot, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))];

function read(file: string): string {
  return readFileSync(join(packageRoot, file), 'utf8');
}

function snippetsOf(page: string): string[] {
  return [...read(page).matchAll(/^( *)```ts\n(.*?)^ *```$/gms)].map(([, , snippet = '']) => snippet);
}

let project: Project;
beforeAll(async () => {
  project = await installPackage(['aws-cdk-lib', 'constructs', '@types/node']);
});
afterAll(() => project?.remove());

describe('the TypeScript of the pages', () => {
  it('compiles against the package as it is installed, in the place that the page says', async () => {
    const shown = Object.fromEntries(pages.filter((page) => page !== excerpts).map((page) => [page, snippetsOf(page)]));
    const counts = (all: Readonly<Record<string, readonly unknown[]>>) =>
      Object.fromEntries(Object.entries(all).flatMap(([page, each]) => (each.length > 0 ? [[page, each.length]] : [])));
    expect(counts(shown)).toEqual(counts(frames));

    const [v1 = ''] = shown['README.md'] ?? [];
    const files: Record<string, string> = {
      'snippets/v1.ts': v1,
      'snippets/items.ts': `export const sequence = 1;\nexport const adds = ['items'];\nexport const lookups = { items: 'InspectionItems' };\nexport const transformUp = (item: object) => item;\n`,
      'snippets/versions.ts': `export const v1 = { sequence: 1, adds: ['a'], transformUp: (item: any) => item };\nexport const [v2, v3] = [v1, v1];\n`,
      'transformations/Users/v1_split_name.ts': `export const sequence = 1;\nexport const adds = ['firstName'];\nexport const transformUp = (user: { fullName?: string }) => ({ ...user, firstName: user.fullName });\n`,
      'transformations/Users/v2_born.ts': v1.replace('sequence: 1', 'sequence: 2'),
      'snippets/maintenance-window.ts': read('examples/maintenance-window.ts'),
      'snippets/cdk-pipelines.ts': read('examples/cdk-pipelines.ts'),
      'package.json': '{"type":"module"}',
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          ...{ target: 'es2024', module: 'esnext', moduleResolution: 'bundler', strict: true, skipLibCheck: true, noEmit: true },
          ...{ types: ['node'], resolveJsonModule: true },
        },
        include: ['snippets', 'transformations'],
      }),
    };
    for (const [page, each] of Object.entries(frames))
      for (const [index, frame] of each.entries())
        files[`snippets/${page.replace(/\W/g, '_')}_${index + 1}.ts`] = frame(shown[page]?.[index] ?? '');
    await project.write(files);
    const { stdout } = await project.node([typescript, '-p', '.']).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });

  it('is that of the example, line by line, in the page of common jobs', () => {
    const examples = join(packageRoot, 'examples/transformations');
    const known = new Set(
      readdirSync(examples, { recursive: true, encoding: 'utf8' }).flatMap((file) =>
        file.endsWith('.ts') ? readFileSync(join(examples, file), 'utf8').split('\n').map(withoutComment) : [],
      ),
    );
    const lines = snippetsOf(excerpts).flatMap((snippet) => snippet.split('\n').map(withoutComment));
    expect(lines.length).toBeGreaterThan(30);
    expect(lines.filter((line) => !line.includes('…') && !known.has(line))).toEqual([]);
  });
});

function withoutComment(line: string): string {
  return line.replace(/\s*\/\/ .*$/, '').trim();
}

function importing(imports: string): Frame {
  return (snippet) => `${imports}\n${snippet}\nexport {};\n`;
}

function inStack(before = ''): Frame {
  return (snippet) => {
    const imports = snippet.match(/^import .*$/gm) ?? [`import { Dynamodt } from 'dynamodt/cdk';`];
    const code = `${before}${snippet.replace(/^import .*$/gm, '')}`;
    return `${cdk}${imports.join('\n')}\nexport class Shop extends Stack {\n  constructor() {\n    super();\n${code}\n  }\n}\n`;
  };
}

/** Lines that each are one of the tables of the construct. */
function asTables(): Frame {
  return (snippet) => inStack()(linesOf(snippet, (line, index) => `const tables${index}: DynamodtProps['tables'] = { ${line}\n};`));
}

function asProps(more = ''): Frame {
  return (snippet) => inStack()(`const props: DynamodtProps = { ${more}${snippet} };`);
}

/** Lines that each declare the same thing in another way. */
function asAlternatives(type: string): Frame {
  return (snippet) => linesOf(snippet, (line, index) => line.replace(/^export const (\w+) =/, `export const $1${index}: ${type} =`));
}

function linesOf(snippet: string, each: (line: string, index: number) => string): string {
  return snippet.trim().split('\n').map(each).join('\n');
}
