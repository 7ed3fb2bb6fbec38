import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { verbs } from '../../../cli/dynamodt.ts';
import { packageRoot } from '../../../infra/package-root.ts';

/** The CDK has a parser of YAML with it; a dependency of our own for a few files is not worth it. */
const { parse } = z
  .object({ parse: z.custom<(text: string) => unknown>((value) => typeof value === 'function') })
  .parse(createRequire(createRequire(import.meta.url).resolve('aws-cdk-lib'))('yaml'));

const ownWorkflows = join(packageRoot, '.github/workflows');
const Scripts = z.object({ scripts: z.record(z.string(), z.string()) });
const folder = join(packageRoot, 'examples/github-actions');
const Step = z.object({ run: z.string().optional(), uses: z.string().optional(), with: z.record(z.string(), z.unknown()).optional() });
const Workflow = z.object({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.object({ 'id-token': z.literal('write'), contents: z.literal('read') }),
  jobs: z.record(z.string(), z.object({ 'runs-on': z.string(), environment: z.string(), steps: z.array(Step) })),
});

function workflow(file: string): z.output<typeof Workflow> {
  return Workflow.parse(parse(readFileSync(join(folder, file), 'utf8')));
}

const files = readdirSync(folder);

function commandsOf(file: string): string[] {
  return Object.values(workflow(file).jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run }) => [...(run ?? '').matchAll(/npx dynamodt ([^|>\n]+)/g)].map(([, args = '']) => args.trim())),
  );
}

/** Options of all verbs that a verb takes. */
function optionsOf(name: string): string[] {
  const command = new Command();
  verbs.find((verb) => verb.name === name)?.addOptions(command);
  return ['--json', '--name', '--table', ...command.options.flatMap(({ long }) => long ?? [])];
}

describe.each(files)('%s', (file) => {
  it('calls commands that exist, with options that they have', () => {
    const commands = commandsOf(file);

    expect(commands.length).toBeGreaterThan(0);
    for (const command of commands) {
      const [verb = '', ...args] = command.split(' ');
      expect(verbs.map(({ name }) => name)).toContain(verb);
      expect(optionsOf(verb)).toEqual(expect.arrayContaining(args.filter((arg) => arg.startsWith('--'))));
    }
  });

  it('assumes the role that the example makes', () => {
    const roles = Object.values(workflow(file).jobs).flatMap(({ steps }) => steps.flatMap((step) => step.with?.['role-to-assume'] ?? []));

    expect(roles.length).toBe(Object.keys(workflow(file).jobs).length);
    expect(new Set(roles)).toEqual(new Set(['arn:aws:iam::123456789012:role/github-transform']));
    expect(readFileSync(join(packageRoot, 'examples/github-role.ts'), 'utf8')).toContain("roleName: 'github-transform'");
  });
});

it('waits in one workflow, and starts and looks later in the other', () => {
  expect(commandsOf('deploy-and-transform.yml')).toEqual(['up', 'status']);
  expect(commandsOf('start-and-gate.yml')).toEqual(['up --detach', 'status --json']);
});

describe.each(readdirSync(ownWorkflows))('the workflow %s of this repository', (file) => {
  it('runs scripts that package.json has', () => {
    const { scripts } = Scripts.parse(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')));
    const runs = [...readFileSync(join(ownWorkflows, file), 'utf8').matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script);

    expect(runs.length).toBeGreaterThan(0);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(runs));
  });
});

it('tests in ci.yml all that npm test does', () => {
  const { scripts } = Scripts.parse(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')));
  const ci = readFileSync(join(ownWorkflows, 'ci.yml'), 'utf8');

  // `npm ci` builds.
  for (const step of (scripts['test'] ?? '').split(' && ').filter((part) => part !== 'npm run build')) expect(ci).toContain(step);
});

describe('the gate', () => {
  const gate = workflow('start-and-gate.yml').jobs['gate']?.steps.at(-1)?.run ?? '';

  const decide = async (status: unknown): Promise<{ exitCode: number; stdout: string }> => {
    const cwd = await mkdtemp(join(tmpdir(), 'dynamodt-test-'));
    try {
      await writeFile(join(cwd, 'status.json'), JSON.stringify(status));
      return await new Promise((resolve) => {
        execFile('bash', ['-eo', 'pipefail', '-c', gate], { cwd }, (error, stdout) =>
          resolve({ exitCode: Number(error?.code ?? 0), stdout }),
        );
      });
    } finally {
      await rm(cwd, { recursive: true });
    }
  };

  it('is open when nothing is pending', async () => {
    expect(await decide([{ table: 'Users', applied: [1], pending: [] }])).toEqual({ exitCode: 0, stdout: '' });
  });

  it('names what is pending, and how its run stands', async () => {
    const { exitCode, stdout } = await decide([
      { table: 'Users', applied: [1], pending: [2, 3], run: { status: 'failed', error: { name: 'ItemsFailed' } } },
      { table: 'Orders', applied: [], pending: [1] },
      { table: 'Cities', applied: [1], pending: [] },
    ]);

    expect(exitCode).toBe(1);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['::error::Users: v2, v3 pending, run failed ItemsFailed', '::error::Orders: v1 pending, not started']);
  });
});
