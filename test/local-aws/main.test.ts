import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readCatalog } from '../../aws/ledger/catalog.ts';
import { packageRoot } from '../../infra/package-root.ts';
import { uniqueName } from '../support/service.ts';
import { until } from './fixture.ts';

const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));

describe('npm run local', () => {
  let folder: string;
  const started: ChildProcess[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'local-main-test-'));
    await mkdir(join(folder, 'transformations'));
  });
  afterEach(async () => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    for (const name of await leftovers()) await rm(join(folder, name), { recursive: true, force: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = (...args: string[]) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: folder,
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) child[name]?.on('data', (text) => (texts[name] += text));
    const exit = once(child, 'exit').then(([code]) => ({ code: code as number | null, ...texts }));
    return { child, texts, exit };
  };
  const leftovers = async () => (await readdir(folder)).filter((file) => file.startsWith('dynamodt-local-'));
  const ready = /^dynamodt local ready: (http:\/\/127\.0\.0\.1:\d+) \(DynamoDB Local \d+\.\d+\.\d+\)\n$/;
  const readyUrl = (texts: { stdout: string }): Promise<string> => until(() => ready.exec(texts.stdout)?.[1]);
  const answers = (url: string): Promise<boolean> =>
    fetch(url).then(
      () => true,
      () => false,
    );

  it('says that it is ready, uses a DynamoDB that runs, refuses a port in use, and ends at SIGTERM', async () => {
    const first = run('--port', '0');
    const url = await readyUrl(first.texts);

    const second = run('--port', '0', '--dynamodb', url, '--transformations', join(folder, 'transformations'));
    await until(() => second.texts.stdout.endsWith(`(DynamoDB at ${url})\n`));
    const busy = await run('--port', new URL(url).port).exit;
    expect(busy).toMatchObject({ code: 1, stdout: '' });
    expect(busy.stderr).toContain(`cannot listen on 127.0.0.1:${new URL(url).port}`);

    second.child.kill('SIGINT');
    first.child.kill('SIGTERM');
    expect((await second.exit).code).toBe(0);
    expect((await first.exit).code).toBe(0);
    expect(await answers(url)).toBe(false);
  });

  it('serves a stage by its name and the names of its tables, and deploys a file as soon as it is saved', async () => {
    const dynamodb = process.env['DYNAMODB_URL'] ?? '';
    const [name, table] = [uniqueName('stage').toLowerCase(), uniqueName('app-dev-Users')];
    const { texts } = run('--port', '0', '--dynamodb', dynamodb, '--name', name, '--table', `Users=${table}`);
    await until(() => texts.stdout.startsWith('dynamodt local ready'));
    const client = new DynamoDBClient({
      endpoint: dynamodb,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const known = () => readCatalog(client, `${name}-ledger`);
    const preparations = { bucket: `${name}-preparations`, key: expect.stringContaining(`key/${name}-local`) };
    const settings = {
      preparations,
      journalRetention: 35,
      lookupTables: { Users: table },
      eventBus: 'default',
      workerMemory: 512,
      version: expect.any(String),
    };
    expect(await known()).toEqual({ ...settings, tables: { Users: { tableName: table, files: [] } } });

    await mkdir(join(folder, 'transformations/Users'));
    await writeFile(join(folder, 'transformations/Users/v1.js'), 'export const sequence = 1;');

    const checksum = expect.any(String);
    const file = { file: 'Users/v1.js', sequence: 1, checksum, formerChecksums: [checksum] };
    while ((await known())?.tables['Users']?.files.length !== 1) await setTimeout(20);
    expect(await known()).toEqual({ ...settings, tables: { Users: { tableName: table, files: [file] } } });
    client.destroy();
  });

  it('leaves nothing behind when npm is told to end', async () => {
    const npm = spawn('npm', ['run', '--silent', '--prefix', packageRoot, 'local', '--', '--port', '0'], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    started.push(npm);
    const texts = { stdout: '' };
    npm.stdout?.on('data', (text) => (texts.stdout += text));
    const url = await readyUrl(texts);
    const shell = await childOf(npm.pid, 'local/main.ts').catch(() => npm.pid);
    const main = (await childOf(shell, 'local/main.ts').catch(() => shell)) ?? 0;
    const [guard, esbuild] = [await childOf(main, 'guard.ts'), await childOf(main, 'esbuild')];
    const java = await childOf(guard, 'DynamoDBLocal.jar');
    expect(await leftovers()).toHaveLength(1);

    npm.kill('SIGTERM');

    await until(() => [main, guard, esbuild, java].every((pid) => !alive(pid)));
    expect(await answers(url)).toBe(false);
    expect(await leftovers()).toEqual([]);
  });

  it('leaves no DynamoDB and no files behind when it is killed', async () => {
    const { child, texts } = run('--port', '0');
    await readyUrl(texts);
    const guard = await childOf(child.pid, 'guard.ts');
    const java = await childOf(guard, 'DynamoDBLocal.jar');

    child.kill('SIGKILL');

    await until(() => !alive(guard) && !alive(java));
    expect(await leftovers()).toEqual([]);
  });

  it('removes what one that was killed over a foreign DynamoDB left behind, and nothing that is in use', async () => {
    const over = ['--port', '0', '--dynamodb', process.env['DYNAMODB_URL'] ?? '', '--name', uniqueName('killed').toLowerCase()];
    const [killed, other] = [run(...over), run(...over)];
    await Promise.all([killed, other].map(({ texts }) => until(() => texts.stdout.startsWith('dynamodt local ready'))));
    killed.child.kill('SIGKILL');
    await killed.exit;
    expect((await leftovers()).some((name) => name.startsWith(`dynamodt-local-${killed.child.pid}-`))).toBe(true);

    const next = run(...over);
    await until(() => next.texts.stdout.startsWith('dynamodt local ready'));

    const owners = [other, next].map(({ child }) => expect.stringContaining(`dynamodt-local-${child.pid}-`));
    expect(await leftovers()).toHaveLength(2);
    expect(await leftovers()).toEqual(expect.arrayContaining(owners));
  });

  it('finds objects and their key again when it is killed and started over the same DynamoDB', async () => {
    const over = ['--port', '0', '--dynamodb', process.env['DYNAMODB_URL'] ?? '', '--name', uniqueName('kept').toLowerCase()];
    const [, name = ''] = /--name,(\S+)/.exec(over.join()) ?? [];
    const serving = async () => {
      const { child, texts, exit } = run(...over);
      const url = await until(() => /ready: (http:\S+) /.exec(texts.stdout)?.[1]);
      return { url, kill: () => child.kill('SIGKILL') && exit };
    };
    const kms = async (url: string, action: string, body: object) => {
      const headers = { 'x-amz-target': `TrentService.${action}` };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await response.json()) as { Plaintext?: string; CiphertextBlob?: string };
    };
    const object = (url: string) => `${url}/${name}-preparations/users/1`;
    const signed = { 'x-amz-date': 'x' };
    const first = await serving();
    const { Plaintext, CiphertextBlob } = await kms(first.url, 'GenerateDataKey', { KeyId: `alias/${name}` });
    expect((await fetch(object(first.url), { method: 'PUT', headers: signed, body: 'prepared' })).status).toBe(200);
    await first.kill();

    const second = await serving();

    expect(await (await fetch(object(second.url), { headers: signed })).text()).toBe('prepared');
    expect((await kms(second.url, 'Decrypt', { CiphertextBlob })).Plaintext).toBe(Plaintext);
  });

  it.each([
    [2, ['--nope'], 'Usage:'],
    [2, ['--port', 'http'], '--port http is not a port'],
    [2, ['--table', 'Users'], 'as in Users=app-dev-Users'],
    [2, ['--name', 'My Service'], '--name My Service: give up to 40 lower-case'],
    [2, ['--data', 'here'], '--data needs --dynamodb'],
    [1, ['--transformations', 'elsewhere'], 'There is no folder'],
    [1, ['--dynamodb', 'http://127.0.0.1:1', '--port', '0'], 'No DynamoDB answers at http://127.0.0.1:1'],
    [1, ['--dynamodb', 'here', '--port', '0'], 'here is not a URL'],
  ])('ends with %i for %j', async (code, args, text) => {
    const ended = await run(...args).exit;

    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toContain(text);
    expect(ended.stderr).not.toContain('    at ');
  });
});

/** The child of a process whose command line holds a text. */
async function childOf(parent: number | undefined, text: string): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(parent)]);
  const line = stdout.split('\n').find((candidate) => candidate.includes(text));
  expect(line).toBeDefined();
  return Number.parseInt(line ?? '', 10);
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
