import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCatalog } from '../../aws/ledger/catalog.ts';
import { packageRoot } from '../../infra/package-root.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** The folder that `npx dynamodt template` writes, deployed by local AWS: its zips, settings and definitions. */

const name = uniqueName('t');
const users = uniqueName('users');
const items: RawItem[] = ['Ada Lovelace', 'Alan Turing'].map((fullName, n) => ({ id: { S: `${n}` }, fullName: { S: fullName } }));
/** Needs bucket and key for its preparation, a variable of the configuration, and a value that the configuration gives. */
const v1 = `export const sequence = 1;
export const adds = ['greeting'];
export const prepare = async ({ parameters }) => ({ word: process.env.WORD, mark: parameters.mark });
export const parameters = { mark: '?' };
export const transformUp = (user, { preparation: { word, mark } }) => ({ ...user, greeting: \`\${word} \${user.fullName}\${mark}\` });
`;

let folder: string;
let service: Service;
const lines: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'template-folder-'));
  await write('transformations/Users/v1.ts', v1);
  await write(
    'dynamodt.config.json',
    JSON.stringify({ name, tables: { Users: { parameters: { 1: { mark: '!' } } } }, environment: { WORD: 'Hello' } }),
  );
  await writeTemplate();
  service = await startService(
    {},
    { template: join(folder, 'dynamodt.out'), name, tables: { Users: users }, log: (line) => lines.push(line) },
  );
  await createTable(service.dynamodb, users);
  await putAll(service.dynamodb, users, items);
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
}

async function writeTemplate(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(packageRoot, 'dist/cli/main.js'), 'template'], { cwd: folder });
}

async function table(): Promise<RawItem[]> {
  return [...(await readAll(service.dynamodb, users)).values()].sort((one, other) =>
    (one['id']?.S ?? '') < (other['id']?.S ?? '') ? -1 : 1,
  );
}

it('takes a table up and down by the code and the settings of the folder', async () => {
  expect(await service.runAll({})).toMatchObject({ status: 'SUCCEEDED' });
  expect(await table()).toEqual(items.map((item) => ({ ...item, greeting: { S: `Hello ${item['fullName']?.S}!` } })));

  expect(await service.run({ table: 'Users', direction: 'down' })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await table()).toEqual(items);
});

it('deploys the folder again after it was written again, and keeps that deploy while the folder is incomplete', async () => {
  await write(
    'transformations/Users/v2.ts',
    "export const sequence = 2; export const adds = ['n']; export const transformUp = (user) => ({ ...user, n: 2 });",
  );
  await writeTemplate();
  await service.aws.deploy();
  await rm(join(folder, 'dynamodt.out/assets'), { recursive: true });
  await service.aws.deploy();

  expect(lines.join('\n')).toMatch(/not deployed: .*assets.* is missing: write the folder again .* The previous deployment stays in use/);
  const catalog = await readCatalog(service.dynamodb, `${name}-ledger`);
  expect(catalog?.tables['Users']?.files.map(({ file }) => file)).toEqual(['Users/v1.ts', 'Users/v2.ts']);
});
