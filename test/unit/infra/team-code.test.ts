import { Stack } from 'aws-cdk-lib';
import { AttributeType, Table, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Dynamodt, type DynamodtProps } from 'dynamodt/cdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployedFunctions } from '../../../infra/deployed-functions.ts';
import { ExampleStack } from '../../../infra/example-stack.ts';
import { env, exampleTransformations, newApp } from '../../support/synthesise.ts';
import { account, ResolvedTemplate, region } from '../../support/template.ts';

/** What the team's code may use in the functions that call it: variables, permissions, layers, names of tables. */

const layerArn = `arn:aws:lambda:${region}:${account}:layer:fonts:3`;
const callers = ['prepare', 'start-run', 'transform-segment'];
const others = Object.keys(deployedFunctions).filter((name) => !callers.includes(name));
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
      prepare: [new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: ['*'] })],
      transform: [new PolicyStatement({ actions: ['kms:Verify'], resources: ['*'] })],
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
    const having = (action: string) => Object.keys(deployedFunctions).filter((name) => actionsOf(name).includes(action));
    expect(having('secretsmanager:GetSecretValue')).toEqual(['prepare']);
    expect(having('kms:Verify').sort()).toEqual(callers);
  });

  it('of the example Authors gets the address of its wiki', () => {
    const { Environment } = example.one('AWS::Lambda::Function', { FunctionName: 'dynamodt-prepare' }).Properties;
    expect(Environment.Variables.WIKI_URL).toMatch(/^https:/);
  });

  it.each(['AWS_REGION', 'DYNAMODT_LEDGER', 'NODE_OPTIONS', 'WITH-HYPHEN'])('cannot have a variable %s', (name) => {
    const service = `taken-${name.toLowerCase().replaceAll('_', '-')}`;
    expect(() => build(service, { name: service.slice(0, 20), environment: { [name]: 'x' } })).toThrow(`\`environment\` has ${name}.`);
  });

  it('cannot have more variables than Lambda takes, which is said with the figure', () => {
    expect(() => build('Long', { name: 'long', environment: { LONG: 'x'.repeat(4000) } })).toThrow(/have 4010 bytes, and 3196 are left/);
  });
});
