import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { packageRoot } from '../../../infra/package-root.ts';
import { writeTemplate } from '../../../infra/template/write-template.ts';
import { builtOnce, exampleTransformations as transformations } from '../../support/synthesise.ts';

// A template is written in this process, on a machine that may have other work.
vi.setConfig({ testTimeout: 120_000 });

/** For each example: the file of the template that it deploys, and a pattern that finds the names of the parameters it sets. */
const given: Record<string, { template: string; block: RegExp; name: RegExp; setByDeploy?: string[] }> = {
  'cloudformation.sh': { template: 'template.json', block: /--parameter-overrides (.*)/, name: /(\w+)=/g },
  'deploy.sh': {
    template: '',
    block: /^npx dynamodt deploy (--parameter .*)/m,
    name: /--parameter (\w+)=/g,
    setByDeploy: ['AssetsBucket', 'AssetsPrefix'],
  },
  'pulumi.ts': { template: 'template.json', block: /parameters: \{([^}]*)\}/, name: /(\w+):/g },
  'sam.yaml': { template: 'template.local.json', block: /\n {6}Parameters:\n((?: {8}.*\n?)+)/, name: /^ +(\w+):/gm },
  'terraform.tf': { template: 'template.json', block: /parameters = \{([^}]*)\}/, name: /(\w+) +=/g },
};

const examples = join(packageRoot, 'examples/without-cdk');
let out: string;

beforeAll(async () => {
  await builtOnce();
  out = await mkdtemp(join(tmpdir(), 'template-test-'));
  // As the examples say.
  writeTemplate(out, { tables: { Users: {} }, transformations, tablesElsewhere: ['Authors', 'Cities', 'Orders'] });
}, 120_000);
afterAll(() => rm(out, { recursive: true, force: true }));

async function templateNamed(file: string): Promise<{ Parameters: Record<string, object>; Outputs: Record<string, object> }> {
  return JSON.parse(await readFile(join(out, file), 'utf8'));
}

it('has a test of each example without CDK', async () => {
  expect((await readdir(examples)).sort()).toEqual(Object.keys(given));
});

it.each(Object.entries(given))(
  '%s gives the parameters of the written template',
  async (file, { template, block, name, setByDeploy = [] }) => {
    const text = await readFile(join(examples, file), 'utf8');

    const names = [...(block.exec(text)?.[1] ?? '').matchAll(name)].map(([, found]) => found);

    const { Parameters } = await templateNamed(template || 'template.json');
    expect(text).toContain(template === '' ? 'npx dynamodt deploy' : `dynamodt.out/${template}`);
    expect([...names, ...setByDeploy].sort()).toEqual(Object.keys(Parameters).sort());
  },
);

it('names an output of the written template in the example for the AWS CLI', async () => {
  const text = await readFile(join(examples, 'cloudformation.sh'), 'utf8');
  const asked = /starts_with\(OutputKey, '(\w+)'\)/.exec(text)?.[1] ?? 'no output';

  const outputs = Object.keys((await templateNamed('template.json')).Outputs);

  expect(outputs.filter((output) => output.startsWith(asked))).toHaveLength(1);
});
