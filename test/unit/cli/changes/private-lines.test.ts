import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { writePrivateLines } from '../../../../cli/changes/private-lines.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodt-lines-'));
  file = join(folder, 'changes.jsonl');
  return () => rm(folder, { recursive: true });
});

it('writes lines that only the owner may read, also in the place of a file that others could read', async () => {
  await writeFile(file, 'before');
  await chmod(file, 0o666);

  await writePrivateLines(file, async (line) => {
    for (let n = 0; n < 3; n++) await line(`${n}`);
  });

  expect(await readFile(file, 'utf8')).toBe('0\n1\n2\n');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('leaves what was there if not all lines can be had', async () => {
  await writeFile(file, 'before');

  const writing = writePrivateLines(file, async (line) => {
    await line('x'.repeat(2 << 20));
    throw new Error('damaged');
  });

  await expect(writing).rejects.toThrow('damaged');
  expect(await readdir(folder)).toEqual(['changes.jsonl']);
  expect(await readFile(file, 'utf8')).toBe('before');
});

it.each([
  [() => folder, 'is not a file'],
  [() => join(folder, 'none/changes.jsonl'), 'ENOENT'],
])('refuses a place that is no file', async (place, why) => {
  await expect(writePrivateLines(place(), async () => expect.fail('nothing is read'))).rejects.toThrow(why);
});
