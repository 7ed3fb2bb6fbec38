import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleTransformations } from '../../../bundle/bundle-transformations.ts';
import { dynamodt } from '../../../cli/dynamodt.ts';
import { initTable } from '../../../cli/files/init-table.ts';
import { Output } from '../../../cli/terminal/output.ts';
import { check } from '../../../core/change/check-transformation.ts';
import { checkExports } from '../../../core/transformation/check-exports.ts';
import { MemoryStream } from '../../support/memory-stream.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodt-init-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const [stdout, stderr] = [new MemoryStream(), new MemoryStream()];
  const output = new Output({ stdout, stderr, json: args.includes('--json') });
  const exitCode = await dynamodt(args, { env: {}, version: '1.2.3', output });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

async function filesOf(table: string) {
  return (await readdir(join(folder, table))).sort();
}

describe('dynamodt init', () => {
  it.each([[['init', 'Users']], [['init', '--table', 'Users']]])(
    'makes a version and its test, and says what comes next: %j',
    async (args) => {
      const { exitCode, stdout, stderr } = await run(...args, '--transformations', folder);

      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(await filesOf('Users')).toEqual(['v1.test.ts', 'v1.ts']);
      expect(stdout).toContain(`created ${join(folder, 'Users/v1.ts')}\ncreated ${join(folder, 'Users/v1.test.ts')}\n`);
      expect(stdout).toMatch(/Next:[\s\S]*npx vitest run[\s\S]*npx dynamodt up Users/);
    },
  );

  it('prints one document with --json', async () => {
    const { stdout } = await run('init', 'Users', '--transformations', folder, '--json');
    const created = [join(folder, 'Users/v1.ts'), join(folder, 'Users/v1.test.ts')];
    expect(JSON.parse(stdout)).toEqual({ table: 'Users', sequence: 1, created, kept: [] });
  });

  it.each([
    [['v1.ts', 'v2_slug.ts', 'v9.ts', 'v10_more.ts'], 11, 'ts'],
    [['v1.js'], 2, 'js'],
    [['v1.ts', 'v2_slug.mjs'], 3, 'js'],
    [['shared.ts', 'v7.test.ts', 'v0.ts'], 1, 'ts'],
  ])('goes on after %j', async (names, sequence, language) => {
    await mkdir(join(folder, 'Users'));
    for (const name of names) await writeFile(join(folder, 'Users', name), 'mine');

    expect(await initTable(folder, 'Users')).toMatchObject({ sequence });

    expect(await filesOf('Users')).toEqual([...names, `v${sequence}.${language}`, `v${sequence}.test.${language}`].sort());
    for (const name of names) expect(await readFile(join(folder, 'Users', name), 'utf8')).toBe('mine');
  });

  it('takes a number above those that are in use elsewhere', async () => {
    expect(await initTable(folder, 'Users', undefined, 4)).toMatchObject({ sequence: 5 });
    expect(await initTable(folder, 'Users', undefined, 2)).toMatchObject({ sequence: 6 });
  });

  it('says so where the deployed service was not reached, as numbers can be taken there', async () => {
    const { stdout } = await run('init', 'Users', '--transformations', folder);
    expect(stdout).toMatch(
      /The deployed service was not reached \(.+\), so v1 of Users is the next number after the files here\..*dynamodt plan Users/,
    );
  });

  it('never overwrites a file', async () => {
    await mkdir(join(folder, 'Users'));
    await writeFile(join(folder, 'Users/v1.test.ts'), 'mine');

    const { stdout } = await run('init', 'Users', '--transformations', folder);

    expect(await readFile(join(folder, 'Users/v1.test.ts'), 'utf8')).toBe('mine');
    expect(stdout).toContain(`kept ${join(folder, 'Users/v1.test.ts')}`);
    expect(await initTable(folder, 'Users')).toMatchObject({ sequence: 2 });
  });

  it.each([['../Users'], ['..'], ['a/b'], ['Us ers']])('refuses "%s" as the name of a folder', async (table) => {
    expect(await run('init', table, '--transformations', folder)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('InvalidInput'),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says so where it cannot write', async () => {
    await writeFile(join(folder, 'file'), '');
    const { exitCode, stderr } = await run('init', 'Users', '--transformations', join(folder, 'file'));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^InvalidInput: Nothing can be written to .*--transformations/);
  });
});

it.each(['ts', 'js'] as const)('makes a .%s file that compiles, is valid, and leaves items as they are', async (language) => {
  await initTable(folder, 'Users', language);
  const out = join(folder, 'out');

  const { tables } = await bundleTransformations(folder, out);

  expect(tables['Users']).toEqual([
    {
      file: `Users/v1.${language}`,
      sequence: 1,
      checksum: expect.stringMatching(/^2:[0-9a-f]{32}$/),
      formerChecksums: [expect.stringMatching(/^1:/)],
      bundleChecksum: expect.stringMatching(/^bundle:/),
      packages: [],
      module: 'Users/v1.mjs',
      kept: 'Users/v1.kept.mjs',
      format: 'esm',
      isUnfilled: true,
    },
  ]);
  const exported: object = await import(pathToFileURL(join(out, 'Users/v1.mjs')).href);
  expect(checkExports(exported, `Users/v1.${language}`)).toMatchObject({
    sequence: 1,
    declared: { adds: [] },
    transformDown: undefined,
    isUnfilled: true,
  });
  expect(await check(exported, [{ id: '1' }])).toEqual([{ before: { id: '1' }, outcome: 'unchanged', after: [{ id: '1' }] }]);
});
