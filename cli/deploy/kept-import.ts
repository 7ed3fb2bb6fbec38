import type { Kept } from '../../aws/deploy/kept-resources.ts';
import type { ResourceToImport } from '../../aws/deploy/stacks.ts';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import type { Template } from './written-folder.ts';

/** What a deleted stack of the service kept, to be taken into a new one. */
export interface KeptImport {
  resources: ResourceToImport[];
  /** Contains only these resources: CloudFormation imports in a step of its own. */
  template: string;
}

/**
 * How a new stack takes in the ledger, the bucket and the key that a deleted one kept.
 *
 * @throws OperatorError NotDeployable: if the key of the ledger cannot be used, or is not one that a deploy made
 */
export function importOf(kept: Kept, { Description, Resources }: Template): KeptImport {
  const found = (type: string, physical: string | undefined, property: string): ResourceToImport[] => {
    const [id] = Object.entries(Resources).find(([, resource]) => resource.Type === type) ?? [];
    return id === undefined || physical === undefined ? [] : [{ id, type, identifier: { [property]: physical } }];
  };
  const keys = found('AWS::KMS::Key', kept.key?.id, 'KeyId');
  const [key] = keys;
  if (key && kept.key) checkKey(kept.key, kept.ledger, Resources[key.id]?.Properties?.['Description']);
  const resources = [
    ...found('AWS::DynamoDB::Table', kept.ledger, 'TableName'),
    ...found('AWS::S3::Bucket', kept.bucket, 'BucketName'),
    ...keys,
  ];
  const imported = resources.map(({ id, type, identifier }) => {
    const { DependsOn: _, ...resource } = Resources[id] ?? { Type: type };
    const properties = withoutReferences({ ...resource.Properties, ...named(type, identifier) }, key?.id, kept.key?.arn);
    // The deploy that follows sets what stands in the complete template.
    return [id, { ...resource, Properties: properties, DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' }] as const;
  });
  return { resources, template: JSON.stringify({ Description, Resources: Object.fromEntries(imported) }) };
}

function checkKey({ arn, description, state }: NonNullable<Kept['key']>, ledger: string, expected: unknown): void {
  if (description !== expected)
    throw new OperatorError(
      'NotDeployable',
      `The ledger "${ledger}" was kept, and is encrypted under ${arn}, which no deploy of dynamodt made. Give that key in dynamodt.config.ts, \`encryptionKey: '${arn}'\`, and deploy again.`,
    );
  if (state !== 'Enabled')
    throw new OperatorError(
      'NotDeployable',
      `The ledger "${ledger}" was kept, but its key ${arn} is ${state}, so nobody can read the ledger. Run \`aws kms cancel-key-deletion --key-id ${arn}\` if its deletion is scheduled, then \`aws kms enable-key --key-id ${arn}\`, and deploy again.`,
    );
}

/** A name that the template computes. A key has none. */
function named(type: string, identifier: Record<string, string>): Record<string, string> {
  return type === 'AWS::KMS::Key' ? {} : identifier;
}

function withoutReferences(value: unknown, keyId: string | undefined, keyArn: string | undefined): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutReferences(one, keyId, keyArn));
  if (typeof value !== 'object' || value === null) return value;
  const { 'Fn::GetAtt': attribute } = value as { 'Fn::GetAtt'?: unknown };
  if (keyId !== undefined && Array.isArray(attribute) && attribute[0] === keyId && attribute[1] === 'Arn') return keyArn;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutReferences(inner, keyId, keyArn)]));
}
