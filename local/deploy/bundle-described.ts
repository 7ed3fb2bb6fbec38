import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleTransformations } from '../../bundle/bundle-transformations.ts';
import { mayHaveParameters } from '../../bundle/describe-parameters.ts';
import type { Manifest } from '../../core/transformation/catalog.ts';
import { packageRoot } from '../../infra/package-root.ts';

/** A file whose top level does not end is found by the functions, which name it. */
const maxMs = 20_000;

/** Bundles the team's files as a deploy does, also with what they say of their parameters. */
export async function bundleDescribed(source: string, target: string): ReturnType<typeof bundleTransformations> {
  const bundled = await bundleTransformations(source, target);
  if (!(await mayHaveParameters(bundled, target))) return bundled;
  await promisify(execFile)(process.execPath, [script(), target], { timeout: maxMs, killSignal: 'SIGKILL' }).catch(() => undefined);
  const { tables }: Manifest = JSON.parse(await readFile(join(target, 'manifest.json'), 'utf8'));
  return { ...bundled, tables };
}

/** The source in this repository, the build in an installed package. */
function script(): string {
  const source = join(packageRoot, 'bundle/describe-bundle.ts');
  return existsSync(source) ? source : join(packageRoot, 'dist/local/describe-bundle.js');
}
