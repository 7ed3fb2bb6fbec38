import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../package-root.ts';

/**
 * Builds the types of the entries twice: `types/` for ES modules, and `types-cjs/` for CommonJS. TypeScript decides by the nearest package.json which
 * of the two a declaration describes.
 */
export async function buildTypes(dist: string): Promise<void> {
  const compiler = join(packageRoot, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-p', join(packageRoot, 'tsconfig.types.json')]);
  // The name 'module.exports' of an export, which the source has, is unknown to TypeScript below 5.6.
  await writeFile(join(dist, 'types/serverless.d.ts'), "export { DynamodtPlugin as default } from './serverless/plugin.ts';\n");
  const commonJs = join(dist, 'types-cjs');
  await cp(join(dist, 'types'), commonJs, { recursive: true });
  await writeFile(join(commonJs, 'package.json'), '{ "type": "commonjs" }\n');
  await writeFile(
    join(commonJs, 'serverless.d.ts'),
    "import { DynamodtPlugin } from './serverless/plugin.ts';\nexport = DynamodtPlugin;\n",
  );
}
