import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { bundleFunctions } from '../../../infra/build/bundle-functions.ts';
import { noticeOf } from '../../../infra/build/notice.ts';
import { packageRoot } from '../../../infra/package-root.ts';

const Lock = z.object({ packages: z.record(z.string(), z.object({ license: z.string().optional(), dev: z.boolean().optional() })) });

let outDir: string;
let notice: string;
beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'dynamodt-notice-'));
  notice = await noticeOf(await bundleFunctions(outDir, { sourcemap: false }), packageRoot);
}, 60_000);
afterAll(() => rm(outDir, { recursive: true, force: true }));

function outputOf(input: string) {
  return { outputs: { 'a.mjs': { inputs: { [input]: { bytesInOutput: 1 } }, bytes: 1, imports: [], exports: [] } } };
}

describe('the notice of bundled code', () => {
  it('names the packages in the functions, each with its licence, and gives the texts', () => {
    for (const name of ['@aws-sdk/client-dynamodb', '@aws-crypto/client-node', '@smithy/core', 'zod'])
      expect(notice).toMatch(new RegExp(`^${name} \\d[\\w.-]* \\((MIT|Apache-2.0)\\)$`, 'm'));
    expect(notice).toContain('Permission is hereby granted, free of charge');
    expect(notice).toContain('Apache License');
    // MIT asks that its text is kept; Apache-2.0 is in the notice by the other packages of the SDK, and MIT-0 asks for nothing.
    expect(new Set([...notice.matchAll(/without a text of its licence: ([\w.-]+),/g)].map(([, license]) => license))).toEqual(
      new Set(['MIT-0', 'Apache-2.0']),
    );
  });

  it('does not name what is no part of the functions', () => {
    expect(notice).not.toMatch(/^(vitest|commander|aws-cdk-lib|@20minutes\/s3rver) /m);
  });

  it('refuses a package whose licence is not known to permit it', async () => {
    await expect(noticeOf(outputOf('node_modules/@cloud-copilot/iam-simulate/index.js'), packageRoot)).rejects.toThrow(
      /would contain @cloud-copilot\/iam-simulate .* under AGPL/,
    );
  });
});

it('only packages for development are under the AGPL or the GPL', () => {
  const { packages } = Lock.parse(JSON.parse(readFileSync(join(packageRoot, 'package-lock.json'), 'utf8')));
  const copyleft = Object.entries(packages).filter(([, { license }]) => /^A?GPL/.test(license ?? ''));
  expect(copyleft.length).toBeGreaterThan(0);
  expect(copyleft.filter(([, { dev }]) => !dev).map(([name]) => name)).toEqual([]);
});
