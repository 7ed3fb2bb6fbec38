import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { packageRoot } from '../../../infra/package-root.ts';

/** The CDK has a parser of YAML with it; a dependency of our own for a few files is not worth it. */
const { parse } = z
  .object({ parse: z.custom<(text: string) => unknown>((value) => typeof value === 'function') })
  .parse(createRequire(createRequire(import.meta.url).resolve('aws-cdk-lib'))('yaml'));

const Permissions = z.record(z.string(), z.enum(['read', 'write']));
const Step = z.object({ run: z.string().optional(), uses: z.string().optional() });
const Workflow = z.object({
  permissions: Permissions,
  jobs: z.record(z.string(), z.object({ permissions: Permissions.optional(), steps: z.array(Step) })),
});
const folder = join(packageRoot, '.github/workflows');
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')));

function workflow(file: string): z.output<typeof Workflow> {
  return Workflow.parse(parse(readFileSync(join(folder, file), 'utf8')));
}

describe.each(readdirSync(folder))('the workflow %s', (file) => {
  const { permissions, jobs } = workflow(file);
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it('pins each action to a major version', () => {
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => !/^[\w-]+\/[\w-]+@v\d+$/.test(action))).toEqual([]);
  });

  it('grants no permission to write to all of its jobs', () => {
    expect(Object.values(permissions)).not.toContain('write');
  });

  it('runs only scripts that exist', () => {
    const names = steps.flatMap(({ run = '' }) => [...run.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name));
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('the release', () => {
  const { permissions, jobs } = workflow('release.yml');

  it('may publish in one job, and write to the repository in another', () => {
    expect(permissions).toEqual({});
    expect(Object.fromEntries(Object.entries(jobs).map(([name, job]) => [name, job.permissions]))).toEqual({
      publish: { contents: 'read', 'id-token': 'write' },
      announce: { contents: 'write' },
    });
  });

  it('checks, then publishes with provenance', () => {
    const commands = jobs['publish']?.steps.flatMap(({ run }) => run ?? []) ?? [];
    const check = commands.indexOf('npm run check');
    const publish = commands.findIndex((command) => command.startsWith('npm publish --provenance'));
    expect(check).toBeGreaterThan(-1);
    expect(publish).toBeGreaterThan(check);
  });
});
