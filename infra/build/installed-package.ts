import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import * as z from 'zod';
import { packageRoot } from '../package-root.ts';

/** How everything is built that an installed package runs beside its dependencies. */
export const forInstalledPackage = {
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node22',
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** One line, in syntax that every Node reads, which says that this Node is older than the oldest supported one. */
export async function refuseOlder(how: 'throw' | 'exit'): Promise<string> {
  const { engines } = z
    .object({ engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')));
  const oldest = engines.node.replace('>=', '');
  const [major, minor] = oldest.split('.').map(Number);
  const text = `'Node ' + process.versions.node + ' is too old: dynamodt needs Node ${oldest} or newer.'`;
  const refuse = how === 'throw' ? `throw new Error(${text});` : `console.error(${text}); process.exit(1);`;
  return `(function (v) { if (v[0] < ${major} || (v[0] == ${major} && v[1] < ${minor})) { ${refuse} } })(process.versions.node.split('.').map(Number));`;
}
