import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundleFunctions } from '../../infra/build/bundle-functions.ts';
import { deployedFunctions } from '../../infra/deployed-functions.ts';
import { builtFunctions } from '../../infra/function-code.ts';
import { packageRoot } from '../../infra/package-root.ts';
import { account, region } from './template.ts';

export const exampleTransformations = join(packageRoot, 'transformations');
export const env = { account, region };

/** The functions are there, as after `npm ci`. */
export async function builtOnce(): Promise<void> {
  const isBuilt = Object.keys(deployedFunctions).every((name) => existsSync(join(builtFunctions, `${name}.mjs`)));
  if (!isBuilt) await bundleFunctions(builtFunctions);
}

/** An app of its own, whose output is removed with `close`. */
export async function newApp(): Promise<{ app: App; close(): Promise<void> }> {
  await builtOnce();
  const outdir = await mkdtemp(join(tmpdir(), 'dynamodt-cdk-'));
  return { app: new App({ outdir, analyticsReporting: false }), close: () => rm(outdir, { recursive: true, force: true }) };
}
