import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { App, type AppProps, Stack, Stage } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { AssetManifest } from 'aws-cdk-lib/cloud-assembly-schema';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { functionCode } from '../../../infra/function-code.ts';
import { functionRuntime } from '../../../infra/function-runtime.ts';
import { builtOnce, exampleTransformations } from '../../support/synthesise.ts';

let folder: string;
let outdir: string;

beforeEach(async () => {
  await builtOnce();
  folder = await mkdtemp(join(tmpdir(), 'dynamodt-code-'));
  outdir = join(folder, 'out');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('says how to build functions that are not built', () => {
  expect(() => functionCode(newStack(), 'start-run', undefined, join(folder, 'dist'))).toThrow(/start-run is not built.*npm run build/);
});

it('is only in the cloud assembly once CDK has copied it', () => {
  const { deployed, path } = deploy({});
  expect(deployed).toEqual(['start-run.mjs', 'transformations']);
  expect(existsSync(path)).toBe(false);
});

it('is in the cloud assembly, too, if CDK is to copy no assets, as by `cdk deploy --no-staging`', () => {
  const { deployed, path } = deploy({ context: { 'aws:cdk:disable-asset-staging': true } });
  expect(deployed).toEqual(['start-run.mjs', 'transformations']);
  expect(path).toContain(outdir);
});

function newStack(props: AppProps = {}): Stack {
  return new Stack(new App({ ...props, outdir, analyticsReporting: false }), 'Service');
}

/** Synthesises one function. Returns the names in the folder that CDK would publish, and the path of the folder that CDK was given. */
function deploy(props: AppProps): { deployed: string[]; path: string } {
  const stack = newStack(props);
  const code = functionCode(stack, 'start-run', exampleTransformations);
  const path: string = Reflect.get(code, 'path');
  expect(readdirSync(path)).toContain('start-run.mjs');
  new LambdaFunction(stack, 'Function', { code, handler: 'start-run.handler', runtime: functionRuntime });
  Stage.of(stack)?.synth();
  const manifest: AssetManifest = JSON.parse(readFileSync(join(outdir, 'Service.assets.json'), 'utf8'));
  const sources = Object.values(manifest.files ?? {}).map(({ source }) => source);
  const packed = sources.find(({ packaging }) => packaging === 'zip');
  return { deployed: readdirSync(resolve(outdir, packed?.path ?? '')).sort(), path };
}
