import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../infra/package-root.ts';
import { createTable, readAll, type Service, startService } from '../support/service.ts';

/** The commands of README's "Run it", in their order, as a reader would type them. */
const readme = readFileSync(join(packageRoot, 'README.md'), 'utf8');
const commands = [...readme.matchAll(/^npx dynamodt ([^#\n]+)/gm)].map((match) => (match[1] ?? '').trim().split(' '));

let service: Service;

beforeAll(async () => {
  const files: Record<string, string> = {};
  for (const name of await readdir(join(packageRoot, 'transformations/Users')))
    files[`Users/${name}`] = await readFile(join(packageRoot, 'transformations/Users', name), 'utf8');
  service = await startService(files);
  await createTable(service.dynamodb, 'Users');
});
afterAll(() => service?.close());

it('has commands that work as they are written', async () => {
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: service.aws.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const run = (args: readonly string[]) =>
    promisify(execFile)(process.execPath, [join(packageRoot, 'dist/cli/main.js'), ...args, '--name', service.name], { env });

  expect(commands.map(([verb]) => verb)).toEqual(['plan', 'up', 'status', 'history', 'down']);
  for (const command of commands)
    await expect(run(command), command.join(' ')).resolves.toMatchObject({ stdout: expect.stringContaining('Users') });

  // All versions went up, and the last one went back.
  expect([...(await readAll(service.dynamodb, 'Users')).values()].map((user) => Object.keys(user).sort())).toEqual(
    Array.from({ length: 3 }, () => ['email', 'fullName', 'id', 'randomNumber']),
  );
});
