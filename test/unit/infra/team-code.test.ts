import { Stack } from 'aws-cdk-lib';
import { AttributeType, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Dynamodt, type DynamodtProps } from 'dynamodt/cdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionsOf } from '../../../infra/deployed-functions.ts';
import { ExampleStack } from '../../../infra/example-stack.ts';
import { env, exampleTransformations, newApp } from '../../support/synthesise.ts';
import { account, ResolvedTemplate, region } from '../../support/template.ts';

/** What the team's code may use in the functions that call it: variables, permissions, layers, names of tables. */

const layerArn = `arn:aws:lambda:${region}:${account}:layer:fonts:3`;
const secretCompleteArn = `arn:aws:secretsmanager:${region}:${account}:secret:shop/db-AbCdEf`;
const secretKeyArn = `arn:aws:kms:${region}:${account}:key/22222222-2222-3333-4444-555555555555`;
const callers = ['prepare', 'start-run', 'transform-segment'];
const deployed = functionsOf([]).map(([name]) => name);
const others = deployed.filter((name) => !callers.includes(name));
const partitionKey = { name: 'id', type: AttributeType.STRING };

let close: () => Promise<void>;
let template: ResolvedTemplate;
let example: ResolvedTemplate;
let build: (id: string, props: Partial<DynamodtProps>) => void;

beforeAll(async () => {
  const opened = await newApp();
  close = opened.close;
  build = (id, props) => {
    const stack = new Stack(opened.app, id, { env });
    const tables = Object.fromEntries(
      ['Users', 'Orders', 'Cities', 'Authors'].map((name) => [name, new TableV2(stack, name, { partitionKey })]),
    );
    new Dynamodt(stack, 'Dynamodt', { tables, transformations: exampleTransformations, ...props });
  };
  const stack = new Stack(opened.app, 'Lookups', { env });
  build('Team', {
    name: 'team',
    environment: { WIKI_URL: 'https://wiki.example/' },
    permissions: {
      prepare: [new PolicyStatement({ actions: ['secretsmanager:DescribeSecret'], resources: ['*'] })],
      transform: [new PolicyStatement({ actions: ['kms:Verify'], resources: ['*'] })],
    },
    secrets: {
      API_KEY: Secret.fromSecretNameV2(stack, 'ApiKey', 'shop/api-key'),
      DB_PASSWORD: {
        secret: Secret.fromSecretAttributes(stack, 'Db', { secretCompleteArn, encryptionKey: secretKey(stack) }),
        field: 'password',
      },
      TOKEN: StringParameter.fromSecureStringParameterAttributes(stack, 'Token', {
        parameterName: '/shop/token',
        encryptionKey: secretKey(stack),
      }),
    },
    layers: [LayerVersion.fromLayerVersionArn(stack, 'Layer', layerArn)],
    lookupTables: { Prices: { table: Table.fromTableName(stack, 'Prices', 'prod-prices'), encryption: 'aws' } },
  });
  new ExampleStack(opened.app, 'Example', { env });
  opened.app.synth();
  template = new ResolvedTemplate(opened.app.outdir, 'Team');
  example = new ResolvedTemplate(opened.app.outdir, 'Example');
});
afterAll(() => close?.());

function secretKey(stack: Stack) {
  return stack.node.tryFindChild('SecretKey')
    ? Key.fromKeyArn(stack, 'OtherKey', secretKeyArn)
    : Key.fromKeyArn(stack, 'SecretKey', secretKeyArn);
}

function functionOf(name: string) {
  return template.one('AWS::Lambda::Function', { FunctionName: `team-${name}` }).Properties;
}

function actionsOf(name: string): string[] {
  return template.statementsOf(functionOf(name).Role).flatMap(({ Action }) => Action);
}

describe("the team's code", () => {
  it('has variables, layers and names of tables in the functions that call it, and no others', () => {
    for (const name of callers) {
      const { Environment, Layers } = functionOf(name);
      expect(Environment.Variables).toMatchObject({
        WIKI_URL: 'https://wiki.example/',
        DYNAMODT_LOOKUP_TABLES: '{"Prices":"prod-prices"}',
      });
      expect(Layers).toEqual([layerArn]);
    }
    for (const name of others) {
      const { Environment, Layers } = functionOf(name);
      expect([Environment.Variables.WIKI_URL, Environment.Variables.DYNAMODT_LOOKUP_TABLES, Layers], name).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
    expect(template.one('Custom::DynamodtCatalog').Properties.lookupTables).toEqual({ Prices: 'prod-prices' });
  });

  it('has permissions to prepare in prepare only, and to transform where items are transformed', () => {
    const having = (action: string) => deployed.filter((name) => actionsOf(name).includes(action));
    expect(having('secretsmanager:DescribeSecret')).toEqual(['prepare']);
    expect(having('kms:Verify').sort()).toEqual(callers);
  });

  it('is told where its secrets are, never their values, in the functions that call it', () => {
    const variables = (name: string) => functionOf(name).Environment.Variables;
    for (const name of callers) {
      expect(JSON.parse(variables(name).DYNAMODT_SECRETS)).toEqual({
        API_KEY: { secret: `arn:aws:secretsmanager:${region}:${account}:secret:shop/api-key` },
        DB_PASSWORD: { secret: secretCompleteArn, field: 'password' },
        TOKEN: { parameter: '/shop/token' },
      });
      expect(Object.keys(variables(name))).not.toContain('API_KEY');
    }
    for (const name of others) expect(variables(name).DYNAMODT_SECRETS, name).toBeUndefined();
  });

  it('may read exactly these secrets, and use their keys through their services only', () => {
    const ours = /^(secretsmanager|ssm|kms):/;
    for (const name of ['start-run', 'transform-segment']) {
      const statements = template.statementsOf(functionOf(name).Role);
      const reads = statements.filter(({ Action }) => [Action].flat().some((action) => /^(secretsmanager|ssm):/.test(action)));
      expect(reads.map(({ Action, Resource }) => [Action, Resource])).toEqual([
        ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:${region}:${account}:secret:shop/api-key-??????`],
        ['secretsmanager:GetSecretValue', secretCompleteArn],
        ['ssm:GetParameter', `arn:aws:ssm:${region}:${account}:parameter/shop/token`],
      ]);
      const keys = statements.filter(
        ({ Action, Resource }) => [Action].flat().every((action) => ours.test(action)) && Resource === secretKeyArn,
      );
      expect(keys.map(({ Condition }) => Condition?.['StringEquals']?.['kms:ViaService']?.[0])).toEqual([
        `secretsmanager.${region}.amazonaws.com`,
        `ssm.${region}.amazonaws.com`,
      ]);
    }
    for (const name of others)
      expect(
        actionsOf(name).filter((action) => /^(secretsmanager|ssm):/.test(action)),
        name,
      ).toEqual([]);
  });

  it('of the example Authors gets the address of its wiki', () => {
    const { Environment } = example.one('AWS::Lambda::Function', { FunctionName: 'dynamodt-prepare' }).Properties;
    expect(Environment.Variables.WIKI_URL).toMatch(/^https:/);
  });

  it.each(['AWS_REGION', 'DYNAMODT_LEDGER', 'NODE_OPTIONS', 'WITH-HYPHEN'])('cannot have a variable %s', (name) => {
    const service = `taken-${name.toLowerCase().replaceAll('_', '-')}`;
    expect(() => build(service, { name: service.slice(0, 20), environment: { [name]: 'x' } })).toThrow(`\`environment\` has ${name}.`);
  });

  it('cannot have a variable twice, or a secret under a reserved name', () => {
    const secret = Secret.fromSecretNameV2(new Stack(), 'Secret', 'shop/key');
    expect(() => build('Twice', { name: 'twice', environment: { KEY: 'x' }, secrets: { KEY: secret } })).toThrow('both have KEY');
    expect(() => build('TakenSecret', { name: 'taken-secret', secrets: { AWS_KEY: secret } })).toThrow('`secrets` has AWS_KEY.');
  });

  it('cannot have more variables than Lambda takes, which is said with the figure', () => {
    expect(() => build('Long', { name: 'long', environment: { LONG: 'x'.repeat(4000) } })).toThrow(/have 4010 bytes, and 3196 are left/);
  });
});
