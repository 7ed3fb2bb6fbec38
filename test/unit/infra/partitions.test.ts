import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Dynamodt } from 'dynamodt/cdk';
import { expect, it } from 'vitest';
import { exampleTransformations, newApp } from '../../support/synthesise.ts';
import { account } from '../../support/template.ts';

/** In AWS GovCloud and in China, ARNs have another partition, and services other endpoints. */

const partitionKey = { name: 'id', type: AttributeType.STRING };

it.each([
  ['of no region', {}],
  ['of AWS GovCloud', { account, region: 'us-gov-west-1' }],
  ['of China', { account, region: 'cn-north-1' }],
])('synthesises a stack %s without an ARN of the partition aws', async (_, env) => {
  const { app, close } = await newApp();
  try {
    const stack = new Stack(app, 'Service', { env });
    const tables = Object.fromEntries(
      ['Users', 'Orders', 'Cities', 'Authors'].map((name) => [name, new TableV2(stack, name, { partitionKey })]),
    );
    new Dynamodt(stack, 'Dynamodt', { tables, transformations: exampleTransformations });
    app.synth();
    const template = readFileSync(join(app.outdir, 'Service.template.json'), 'utf8');
    expect(template).not.toContain('arn:aws:');
    const { Resources }: { Resources: Record<string, { Type: string; Properties: Machine }> } = JSON.parse(template);
    const machines = Object.values(Resources).filter(({ Type }) => Type === 'AWS::StepFunctions::StateMachine');
    expect(machines).toHaveLength(2);
    for (const { Properties } of machines) {
      expect(readFileSync(join(app.outdir, `asset.${Properties.DefinitionS3Location.Key}`), 'utf8')).not.toContain('arn:aws:');
      expect(Properties.DefinitionSubstitutions).toMatchObject({ Partition: { Ref: 'AWS::Partition' } });
    }
    const uses = JSON.stringify(Resources).match(/"kms:ViaService":\[.*?\]\]\}\]/g) ?? [];
    expect(uses.length).toBeGreaterThan(5);
    for (const use of uses) expect(use).toContain('AWS::URLSuffix');
  } finally {
    await close();
  }
});

interface Machine {
  DefinitionS3Location: { Key: string };
  DefinitionSubstitutions: Record<string, unknown>;
}
