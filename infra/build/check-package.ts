import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { deployedFunctions } from '../deployed-functions.ts';

const Manifest = z.object({
  bin: z.record(z.string(), z.string()),
  exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.record(z.string(), z.string()))])),
});

/**
 * Checks that a package contains all files that its package.json names and that the construct and the command load.
 *
 * @param root of the repository after a build, or of an installed package
 * @throws Error: when files are missing; the message names them
 */
export async function checkPackage(root: string): Promise<void> {
  const { bin, exports } = Manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const needed = [
    ...Object.values(bin),
    ...Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? entry : Object.values(entry).flatMap((files) => Object.values(files)),
    ),
    ...Object.keys(deployedFunctions).map((name) => `dist/functions/${name}.mjs`),
    'dist/infra/check-bundle.js',
    'dist/template/write-template.cjs',
    'dist/NOTICE.txt',
    'state-machines/transform-table.asl.json',
    'state-machines/transform-all.asl.json',
  ];
  const missing = needed.filter((file) => !existsSync(join(root, file)));
  if (missing.length === 0) return;
  const held = existsSync(join(root, 'dist')) ? `dist/ has ${(await readdir(join(root, 'dist'))).join(', ')}` : 'there is no dist/';
  throw new Error(
    `The package is incomplete (${held}). Missing:\n- ${missing.join('\n- ')}\nRun \`npm run build\`, and add to infra/build/build-package.ts what it does not build.`,
  );
}
