import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFunctions } from '../../infra/build/bundle-functions.ts';

/**
 * One bundle of the functions for all tests, and one cache of compiled code for all processes that they start, which are more than a thousand:
 * `process.env.FUNCTIONS_FOLDER` and `NODE_COMPILE_CACHE`.
 */
export default async (): Promise<() => Promise<void>> => {
  const folder = await mkdtemp(join(tmpdir(), 'dynamodt-functions-'));
  // Reading the source maps of the functions takes 40 ms in each process. Those of transformations, by which errors name lines, are there.
  await bundleFunctions(folder, { sourcemap: false });
  process.env['FUNCTIONS_FOLDER'] = folder;
  process.env['NODE_COMPILE_CACHE'] = join(folder, 'compile-cache');
  // The tests' own processes write into the cache when they exit, which can be now.
  return () => rm(folder, { recursive: true, force: true, maxRetries: 20 });
};
