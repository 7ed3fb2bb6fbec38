import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { assetsTemplate } from '../../../cli/deploy/assets-stack.ts';
import { importOf } from '../../../cli/deploy/kept-import.ts';
import { permissionChanges } from '../../../cli/deploy/permission-changes.ts';
import { TemplateSchema } from '../../../cli/deploy/written-folder.ts';
import type { ServiceSettings } from '../../../config/contract.ts';
import { packageRoot } from '../../../infra/package-root.ts';
import { everySetting } from '../../../infra/template/every-setting.ts';
import { writeTemplate } from '../../../infra/template/write-template.ts';
import { plainStack } from '../../support/stacks.ts';
import { builtOnce, newApp, exampleTransformations as transformations } from '../../support/synthesise.ts';

// Templates are written in this process, on a machine that may have other work.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
let plain: Awaited<ReturnType<typeof written>>;
const tables = { Users: 'prod-users', Orders: { encryption: 'parameter' }, Cities: {}, Authors: 'prod-authors' };

beforeAll(async () => {
  await builtOnce();
  folder = await mkdtemp(join(tmpdir(), 'template-test-'));
  plain = await written('plain', { tables, transformations });
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, settings: ServiceSettings) {
  const out = join(folder, name);
  const summary = writeTemplate(out, settings);
  const read = async (file: string) => JSON.parse(await readFile(join(out, file), 'utf8'));
  return { out, summary, template: await read('template.json'), local: await read('template.local.json') };
}

async function hashes(out: string): Promise<string[]> {
  const names = (await readdir(out, { recursive: true })).filter((name) => name.includes('.')).sort();
  return Promise.all(
    names.map(
      async (name) =>
        `${name} ${createHash('sha256')
          .update(await readFile(join(out, name)))
          .digest('hex')}`,
    ),
  );
}

describe('the written template', () => {
  it('has parameters for its assets and for what the configuration leaves open, and nothing of a bootstrap', async () => {
    const { template, summary } = plain;
    expect(Object.keys(template.Parameters)).toEqual([
      'AssetsBucket',
      'AssetsPrefix',
      'OrdersTableName',
      'OrdersTableKey',
      'CitiesTableName',
    ]);
    expect(summary.parameters).toEqual(['AssetsBucket', 'OrdersTableName', 'OrdersTableKey', 'CitiesTableName']);
    expect(JSON.stringify(template)).not.toMatch(/bootstrap|cdk-hnb659fds|aws:cdk|CDKMetadata/i);
    expect(template.Rules).toBeUndefined();
  });

  it('names each asset once, by its contents, in the bucket that is given', async () => {
    const { out, template, local, summary } = plain;
    const files = (await readdir(join(out, 'assets'))).sort();
    expect(files).toEqual(summary.assets);
    const named = [...JSON.stringify(template).matchAll(/[\w-]+-[0-9a-f]{16}\.(?:zip|json)/g)].map(([name]) => name);
    expect([...new Set(named)].sort()).toEqual(files);
    const code = Object.values<{ Type: string; Properties: { Code?: unknown; FunctionName?: string } }>(template.Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .find(({ Properties }) => Properties.FunctionName === 'dynamodt-start-run')?.Properties.Code;
    const zip = files.find((file) => file.startsWith('start-run-')) ?? '';
    expect(code).toEqual({ S3Bucket: { Ref: 'AssetsBucket' }, S3Key: { 'Fn::Join': ['', [{ Ref: 'AssetsPrefix' }, zip]] } });
    expect(Object.keys(unzipSync(await readFile(join(out, 'assets', zip))))).toEqual(
      expect.arrayContaining(['start-run.mjs', 'transformations/manifest.json', 'transformations/Users/v3_split_name.mjs']),
    );
    expect(JSON.stringify(local)).toContain(`"Code":"assets/${zip}"`);
    expect(JSON.stringify(local)).toMatch(/"DefinitionS3Location":"assets\/definition-/);
    expect(JSON.stringify(local)).not.toContain('Assets');
  });

  it('publishes the parameters of tables with the catalog', async () => {
    const parameters = { 1: { days: 30, of: ['a'] } };
    const { template } = await written('parameters', { tables: { ...tables, Users: { tableName: 'u', parameters } }, transformations });
    const [catalog] = Object.values<{ Type: string; Properties: { parameters?: string } }>(template.Resources).filter(
      ({ Type }) => Type === 'Custom::DynamodtCatalog',
    );
    expect(JSON.parse(catalog?.Properties.parameters ?? '')).toEqual({ Users: parameters });
  });

  it('is the same, byte for byte, for the same configuration and files', async () => {
    const other = await written('other', { tables, transformations });
    expect(await hashes(other.out)).toEqual(await hashes(plain.out));
  });

  it('replaces what an earlier call wrote, and leaves other files alone', async () => {
    const { out, summary } = await written('again', { tables, transformations });
    await writeFile(join(out, 'assets', 'start-run-0123456789abcdef.zip'), 'old');
    await writeFile(join(out, 'assets', 'notes.txt'), 'of the team');
    writeTemplate(out, { tables, transformations });
    expect((await readdir(join(out, 'assets'))).sort()).toEqual([...summary.assets, 'notes.txt'].sort());
  });

  it('has the logical ids of a CDK stack, so that a team can go from one to the other', async () => {
    const { app, close } = await newApp();
    try {
      const { stack } = plainStack(app);
      app.synth();
      const ofCdk: { Resources: Record<string, { Type: string }> } = JSON.parse(
        await readFile(join(app.outdir, stack.templateFile), 'utf8'),
      );
      const ids = Object.entries(ofCdk.Resources).filter(([id, { Type }]) => id.startsWith('Dynamodt') && Type !== 'AWS::CDK::Metadata');
      // CDK puts the id of the stack into those of permissions for rules, and a hash of the code into those of versions. Both can be replaced.
      const kept = (all: string[]) => all.filter((id) => !/AllowEventRule|CurrentVersion/.test(id)).sort();
      expect(kept(Object.keys(plain.template.Resources))).toEqual(kept(ids.map(([id]) => id)));
    } finally {
      await close();
    }
  });

  it.each(everySetting(transformations).map((settings, index) => [index, settings] as const))(
    'passes the validation that AWS ships with its CDK: settings %i',
    async (index, settings) => {
      const { out } = await written(`validated-${index}`, settings);
      expect(await findingsIn(join(out, 'template.json'))).toEqual([]);
    },
  );

  it.each([
    [
      {},
      "No tables are configured. Name them in dynamodt.config.ts, each under the name of its folder: `tables: { Users: 'prod-users' }`.",
    ],
    [{ tables: { Users: 'u' } }, /There are transformations for .*Orders.*, but `tables` has only Users/],
    [{ tables, logRetention: 8 }, /`logRetention` is 8 days, and CloudWatch keeps logs for 1, 3, 5, 7, .* days/],
  ])('is refused with what to do: %o', async (settings, message) => {
    await expect(written('refused', { transformations, ...settings })).rejects.toThrow(message);
  });
});

describe('what `deploy` makes of it', () => {
  const kept = {
    ledger: 'dynamodt-ledger',
    bucket: 'dynamodt-preparations-123456789012-eu-central-1',
    key: {
      arn: 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555',
      id: '1',
      description: 'Ledger and preparations of dynamodt',
      state: 'Enabled',
    },
  };

  it('shows every permission in words', () => {
    const template = TemplateSchema.parse(plain.template);
    const values = { 'AWS::Partition': 'aws', 'AWS::Region': 'eu-central-1', 'AWS::AccountId': '123456789012', CitiesTableName: 'cities' };

    const all = permissionChanges(undefined, { template, values });

    const lines = all.flatMap(({ added }) => added);
    expect(all.length).toBeGreaterThan(15);
    expect(lines.filter((line) => !/^(Allow|Deny) [\w:*]+/.test(line) || /\[object|undefined|Fn::|"Ref"/.test(line))).toEqual([]);
    expect(lines).toContain('Allow sts:AssumeRole for lambda.amazonaws.com');
    expect(lines.join('\n')).toMatch(/Allow .*dynamodb:PartiQLUpdate.* on .*arn:aws:dynamodb:eu-central-1:123456789012:table\/cities/);
    expect(permissionChanges({ template, values }, { template, values })).toEqual([]);
  });

  it('takes ledger, bucket and key of a deleted stack in by a template of their own', async () => {
    const { resources, template } = importOf(kept, TemplateSchema.parse(plain.template));
    const file = join(folder, 'import.json');
    await writeFile(file, template);

    expect(resources.map(({ type, identifier }) => [type, identifier])).toEqual([
      ['AWS::DynamoDB::Table', { TableName: 'dynamodt-ledger' }],
      ['AWS::S3::Bucket', { BucketName: kept.bucket }],
      ['AWS::KMS::Key', { KeyId: '1' }],
    ]);
    // A reference would be to what the template does not have.
    expect(template).not.toMatch(/Fn::GetAtt|DependsOn/);
    expect(template.match(/arn:aws:kms:eu-central-1:123456789012:key\/1111/g)).toHaveLength(1);
    expect(await findingsIn(file)).toEqual([]);
  }, 60_000);

  it('has its files in a bucket of a valid stack', async () => {
    const file = join(folder, 'assets-stack.json');
    await writeFile(file, JSON.stringify(assetsTemplate));

    expect(await findingsIn(file)).toEqual([]);
  }, 60_000);
});

interface Engine {
  CompositeEngine: new (
    config: object,
  ) => { validateTemplate(file: object, options: object): { diagnostics: { ruleId: string; severity: string; message: string }[] } };
  TemplateFile: new (path: string) => object;
}

async function findingsIn(file: string): Promise<string[]> {
  const require = createRequire(join(packageRoot, 'node_modules/aws-cdk-lib/package.json'));
  const { CompositeEngine, TemplateFile }: Engine = require('@aws/cloudformation-validate');
  const report = new CompositeEngine({}).validateTemplate(new TemplateFile(file), { detailLevel: 'STANDARD', severityLevel: 'WARN' });
  return report.diagnostics
    .filter(({ ruleId }) => !accepted.includes(ruleId))
    .map(({ ruleId, severity, message }) => `${severity} ${ruleId}: ${message}`);
}

/** CDK writes dependencies that CloudFormation would see itself; and ARNs of the team have the number of its account, and a stream has no name but its ARN. */
const accepted = ['W3005', 'W9002', 'W9013'];
