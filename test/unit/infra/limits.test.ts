import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Stack } from 'aws-cdk-lib';
import { Alarm, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Dynamodt } from 'dynamodt/cdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyTable } from '../../../infra/dynamodt-props.ts';
import { packageRoot } from '../../../infra/package-root.ts';
import { refuseLargeCatalog } from '../../../infra/published-catalog.ts';
import { env, newApp } from '../../support/synthesise.ts';
import { ResolvedTemplate } from '../../support/template.ts';

/** Limits of AWS that a deploy would meet, for a few and for many tables: docs/deploy.md has the figures. */

const file = `export const sequence = 1;
export const adds = ['n'];
export const transformUp = (item) => ({ ...item, n: 1 });`;
const partitionKey = { name: 'id', type: AttributeType.STRING };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodt-limits-'));
  await mkdir(join(folder, nameOf(0)));
  await writeFile(join(folder, nameOf(0), 'v1.ts'), file);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function nameOf(index: number): string {
  return `table-${String(index).padStart(3, '0')}-`.padEnd(60, 'x');
}

/** Tables by logical names of 60 characters. */
type Tables = (stack: Stack, count: number) => Record<string, AnyTable>;

/** Physical names of 60 characters, too; each table is encrypted under a key of its own. */
function named(stack: Stack, count: number): Record<string, AnyTable> {
  return tablesOf(count, (name, index) => {
    const id = `11111111-2222-3333-4444-${String(index).padStart(12, '0')}`;
    const encryptionKey = Key.fromKeyArn(stack, `Key${index}`, `arn:aws:kms:${env.region}:${env.account}:key/${id}`);
    return Table.fromTableAttributes(stack, name, { tableName: name, encryptionKey });
  });
}

/** Physical names that only CloudFormation knows. */
function unnamed(stack: Stack, count: number): Record<string, AnyTable> {
  return tablesOf(count, (name) => new Table(stack, name, { partitionKey }));
}

function tablesOf(count: number, create: (name: string, index: number) => AnyTable): Record<string, AnyTable> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [nameOf(index), create(nameOf(index), index)]));
}

function service(app: App, count: number, tables: Tables): Dynamodt {
  const stack = new Stack(app, 'Service', { env });
  const given = tables(stack, count);
  const metric = new Metric({ namespace: 'Application', metricName: 'Errors' });
  const pauseOn = [new Alarm(stack, 'Errors', { metric, threshold: 1, evaluationPeriods: 1 })];
  const dynamodt = new Dynamodt(stack, 'Dynamodt', { tables: given, transformations: folder, pauseOn, tracing: true });
  for (const [id, grant] of [
    ['Operator', dynamodt.grantOperate],
    ['Planner', dynamodt.grantPlan],
    ['Repairer', dynamodt.grantRepair],
    ['Preparer', dynamodt.grantPrepare],
  ] as const)
    grant.call(dynamodt, new Role(stack, id, { assumedBy: new ServicePrincipal('codebuild.amazonaws.com') }));
  return dynamodt;
}

interface Figures {
  templateBytes: number;
  resources: number;
  environmentBytes: number;
  inlineCharacters: number;
  managedCharacters: number;
  policiesOfRole: number;
  permissionsOfFunction: number;
}

async function figuresOf(count: number, tables: Tables): Promise<Figures> {
  const { app, close } = await newApp();
  try {
    service(app, count, tables);
    app.synth();
    const template = new ResolvedTemplate(app.outdir, 'Service');
    const documents = (type: string, of: string) =>
      template
        .all(type)
        .filter(([, { Properties }]) => [Properties.Roles ?? []].flat().includes(of))
        .map(([, { Properties }]) => Properties);
    const roles = template.all('AWS::IAM::Role').map(([id, { Properties }]) => ({
      inline: [...(Properties.Policies ?? []), ...documents('AWS::IAM::Policy', id)],
      policies: (Properties.ManagedPolicyArns ?? []).length + documents('AWS::IAM::ManagedPolicy', id).length,
    }));
    const characters = ({ PolicyDocument }: { PolicyDocument: unknown }): number => JSON.stringify(PolicyDocument).length;
    const permissions = template.all('AWS::Lambda::Permission').map(([, { Properties }]) => Properties.FunctionName);
    return {
      templateBytes: (await readFile(join(app.outdir, 'Service.template.json'))).length,
      resources: template.ids().length,
      environmentBytes: Math.max(
        ...template.all('AWS::Lambda::Function').map(
          ([, { Properties }]) =>
            Object.entries(Properties.Environment?.Variables ?? {})
              .flat()
              .join('').length,
        ),
      ),
      inlineCharacters: Math.max(...roles.map(({ inline }) => inline.map(characters).reduce((sum, each) => sum + each, 0))),
      managedCharacters: Math.max(0, ...template.all('AWS::IAM::ManagedPolicy').map(([, { Properties }]) => characters(Properties))),
      policiesOfRole: Math.max(...roles.map(({ policies }) => policies)),
      permissionsOfFunction: Math.max(...permissions.map((name) => permissions.filter((other) => other === name).length)),
    };
  } finally {
    await close();
  }
}

const limits: Figures = {
  templateBytes: 1_000_000,
  resources: 500,
  environmentBytes: 4096,
  inlineCharacters: 10_240,
  managedCharacters: 6144,
  policiesOfRole: 10,
  // A function's policy has 20 KB, and each rule that may call it takes about 350 bytes.
  permissionsOfFunction: 50,
};

describe.each([
  ['named', named],
  ['unnamed', unnamed],
] as const)('tables that are %s', (_, tables) => {
  it.each([1, 30, 150])('stay within the limits of a deploy if they are %s', async (count) => {
    const figures = await figuresOf(count, tables);
    for (const [figure, limit] of Object.entries(limits)) expect(figures[figure as keyof Figures], figure).toBeLessThanOrEqual(limit);
    if (tables !== named) return;
    const { resources, ...others } = documented(count);
    expect(resources).toBe(figures.resources);
    // Bytes and characters change with each text of a policy: the page names a little more.
    for (const [figure, said] of Object.entries(others)) {
      const measured = figures[figure as keyof Figures];
      expect(said, figure).toBeGreaterThanOrEqual(measured);
      expect(said * 0.85, figure).toBeLessThanOrEqual(measured);
    }
  });
});

/** The figures of docs/deploy.md for tables that are named. */
function documented(count: number): Omit<Figures, 'permissionsOfFunction'> {
  const page = readFileSync(join(packageRoot, 'docs/deploy.md'), 'utf8');
  const figure = (row: string): number => {
    const cells = page.match(new RegExp(`^\\| ${row} \\|.*$`, 'm'))?.[0].split('|') ?? expect.fail(`there is no row ${row}`);
    return Number((cells[[1, 30, 150].indexOf(count) + 3] ?? '').replace(/[, KB]/g, ''));
  };
  return {
    templateBytes: figure('template') * 1000,
    resources: figure('resources of the stack'),
    environmentBytes: figure('environment of a function'),
    inlineCharacters: figure('inline policies of a role'),
    managedCharacters: figure('one managed policy'),
    policiesOfRole: figure('managed policies of a role'),
  };
}

it('refuses more files than the catalog can name, with the figure', () => {
  const checksum = `2:${'a'.repeat(32)}`;
  const filesOf = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      file: `Users/v${index}_split_name.ts`,
      sequence: index,
      checksum,
      formerChecksums: [checksum],
    }));
  expect(() => refuseLargeCatalog({ tables: { Users: filesOf(2000) } })).not.toThrow();
  expect(() => refuseLargeCatalog({ tables: { Users: filesOf(3000) } })).toThrow(/catalog of 3000 files would have \d+ KB.*400 KB/);
});

it('refuses tables that a role cannot name, with the figure', async () => {
  const { app, close } = await newApp();
  expect(() => service(app, 400, named)).toThrow(
    /The role \w+ needs \d+ managed policies for \d+ characters of permissions on 400 tables.*can have 10/,
  );
  await close();
});
