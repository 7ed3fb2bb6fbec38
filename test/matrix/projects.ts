import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files of a project, by path. */
export type Files = Record<string, string>;

/** A project with the construct that `cdk init` did not make. */
export interface PlainProject {
  manifest: { type?: 'module' | 'commonjs'; scripts?: Record<string, string> };
  packages: string[];
  compilerOptions?: Record<string, unknown>;
  files?: Files;
}

const compilerOptions = { target: 'es2022', strict: true, noEmit: true, skipLibCheck: true, types: ['node'] };

/** The files of a plain project: package.json, tsconfig.json if it is in TypeScript, and an app with a table and the construct. */
export function plainFiles({ manifest, compilerOptions: own, files }: PlainProject): Files {
  const isTypeScript = own !== undefined;
  return {
    'package.json': JSON.stringify({ name: 'shop', version: '1.0.0', private: true, ...manifest }, null, 2),
    [isTypeScript ? 'app.ts' : 'app.mjs']: app,
    ...(isTypeScript && {
      'tsconfig.json': JSON.stringify({ compilerOptions: { ...compilerOptions, ...own }, exclude: ['node_modules', 'cdk.out'] }, null, 2),
    }),
    'cdk.json': JSON.stringify({ app: isTypeScript ? 'tsx app.ts' : 'node app.mjs' }),
    ...files,
  };
}

const app = `import { App, Stack } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Dynamodt } from 'dynamodt/cdk';

const stack = new Stack(new App(), 'AppStack');
const users = new TableV2(stack, 'Users', { partitionKey: { name: 'id', type: AttributeType.STRING } });
new Dynamodt(stack, 'Dynamodt', { tables: { Users: users } });
`;

/** Adds a table and the construct to the stack that `cdk init` made, and a test of the stack. */
export async function addConstruct(folder: string): Promise<void> {
  const stack = join(folder, 'lib/app-stack.ts');
  const text = await readFile(stack, 'utf8');
  await writeFile(
    stack,
    `import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Dynamodt } from 'dynamodt/cdk';
${text.replace(
  '    super(scope, id, props);\n',
  `    super(scope, id, props);
    const users = new TableV2(this, 'Users', { partitionKey: { name: 'id', type: AttributeType.STRING } });
    new Dynamodt(this, 'Dynamodt', { tables: { Users: users } });
`,
)}`,
  );
  await writeFile(
    join(folder, 'test/app.test.ts'),
    `import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AppStack } from '../lib/app-stack';

test('has the state machines', () => {
  Template.fromStack(new AppStack(new App(), 'AppStack')).resourceCountIs('AWS::StepFunctions::StateMachine', 2);
}, 120_000);
`,
  );
}

/** Fills in what `init` made, as README's example does. */
export async function fillIn(transformation: string, test: string, imports = ''): Promise<void> {
  await replaceIn(transformation, [
    [/^/, imports],
    [/(adds:|export const adds =) \[\]/, "$1 ['firstName', 'lastName']"],
    [/transformUp: \(\) => undefined,/, `transformUp(user) {${body}},`],
    [/export const transformUp = \(\) => undefined;/, `export const transformUp = (user) => {${body}};`],
    ['<{ id: string }>', '<{ id: string; fullName?: string }>'],
  ]);
  await replaceIn(test, [
    ["const before = [{ id: '1' }];", "const before = [{ id: '1', fullName: 'Ada Lovelace' }, { id: '2' }];"],
    [
      "const after = [{ id: '1' }];",
      "const after = [{ id: '1', fullName: 'Ada Lovelace', firstName: 'Ada', lastName: 'Lovelace' }, { id: '2' }];",
    ],
  ]);
}

const body = `
  if (!user.fullName) return;
  const [firstName, ...rest] = user.fullName.split(' ');
  return { ...user, firstName, lastName: rest.join(' ') };
`;

async function replaceIn(file: string, replacements: [string | RegExp, string][]): Promise<void> {
  let text = await readFile(file, 'utf8');
  for (const [from, to] of replacements) {
    text = text.replace(from, to);
  }
  await writeFile(file, text);
}

export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
}
