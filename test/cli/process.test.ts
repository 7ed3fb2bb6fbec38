import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import { createTable, putAll, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { asShown, withoutVarying } from '../support/shown-output.ts';

/** docs/process.md, followed to the letter: its files are written, its commands run in their order, and what they print is what it shows. */

type Step = { write: string; text: string } | { run: string[] } | { shows: string; of: string };
const page = readFileSync(join(packageRoot, 'docs/process.md'), 'utf8');
const steps: Step[] = [...page.matchAll(/^```(sh|ts|text)\n(.*?)^```/gms)].flatMap(([, language, block = '']): Step[] => {
  if (language === 'text')
    return [...block.matchAll(/^\$ npx dynamodt (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(([, of = '', shows = '']) => ({ of, shows }));
  if (language === 'ts') return [{ write: /^\/\/ (\S+)\n/.exec(block)?.[1] ?? '', text: block }];
  return [...block.matchAll(/^npx dynamodt ([^#\n]+)/gm)].map(([, args = '']) => ({ run: args.trim().split(/\s+/) }));
});

/** Its name in this stage; the folder is `Users`. */
const table = uniqueName('Users');
let service: Service;
let repository: string;
beforeAll(async () => {
  service = await startService({}, { tables: { Users: table } });
  repository = await mkdtemp(join(tmpdir(), 'dynamodt-process-'));
  await symlink(service.folder, join(repository, 'transformations'));
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, [
    { id: { S: '1' }, fullName: { S: 'Ada King Lovelace' } },
    { id: { S: '2' }, kind: { S: 'robot' } },
  ]);
});
afterAll(async () => {
  await service?.close();
  await rm(repository, { recursive: true, force: true });
});

it('leads from the old shape to the new one, each command with exit code 0, and back', async () => {
  const env = {
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
    AWS_ENDPOINT_URL: service.aws.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const dynamodt = (args: readonly string[]) =>
    promisify(execFile)(process.execPath, [join(packageRoot, 'dist/cli/main.js'), ...args, '--name', service.name], {
      env,
      cwd: repository,
    });

  expect(steps.map((step) => ('run' in step ? step.run[0] : 'write' in step ? step.write : `shows ${step.of}`))).toEqual([
    ...['init', 'transformations/Users/v1.ts', 'plan', 'plan', 'shows plan Users', 'up', 'up', 'status', 'shows up Users'],
    ...['shows status Users', 'plan', 'shows plan Users --sequence 1 --full', 'init', 'transformations/Users/v2.ts', 'plan', 'up'],
    ...['history', 'shows history Users'],
  ]);
  const printed = new Map<string, string>();
  for (const step of steps) {
    if ('write' in step) await writeFile(join(repository, step.write), step.text);
    else if ('run' in step) printed.set(step.run.join(' '), (await dynamodt(step.run)).stdout);
    else expect(asShown(printed.get(step.of) ?? '', step.shows), step.of).toEqual(withoutVarying(step.shows));
  }
  const users = async () =>
    [...(await readAll(service.dynamodb, table)).values()].sort((a, b) => ((a['id']?.S ?? '') < (b['id']?.S ?? '') ? -1 : 1));
  const robot = { id: { S: '2' }, kind: { S: 'robot' } };
  expect(await users()).toEqual([{ id: { S: '1' }, firstName: { S: 'Ada' }, lastName: { S: 'King Lovelace' } }, robot]);

  await dynamodt(['down', 'Users', '--to', '0']);
  expect(await users()).toEqual([{ id: { S: '1' }, fullName: { S: 'Ada King Lovelace' } }, robot]);
});
