import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bundledTransformations } from '../../../infra/bundled-transformations.ts';

const good = 'export const sequence = 1; export const adds = ["a"]; export const transformUp = (item) => ({ ...item, a: 1 });';
/** Blocks its thread without using the processor. */
const blocking = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);';

it('names the file that holds the process for ever while it is loaded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-files-'));
  try {
    await mkdir(join(folder, 'Users'));
    await writeFile(join(folder, 'Users/v1.js'), good);
    await writeFile(join(folder, 'Users/v2.js'), `${good.replace('1', '2')}\n${blocking}`);

    expect(() => bundledTransformations(folder, [], 10)).toThrow(
      /cannot be deployed:\n- .*Users\/v2\.js holds its process while it is loaded/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
