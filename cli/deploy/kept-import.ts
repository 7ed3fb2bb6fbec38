import * as z from 'zod';
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
 * CloudFormation records of an import what the template says, without a look at the resource, and a later update sets only what differs from
 * that record. So the bucket is imported with its name alone, and the update that follows sets everything else: S3 lets each setting be set
 * again. DynamoDB refuses a request that sets what a table already has, so the ledger, and its key with it, are recorded as the new template has
 * them. They keep their settings, also if the new template has others.
 *
 * @throws OperatorError NotDeployable: if the key of the ledger cannot be used, is not one that a deploy made, or is not that of the template
 */
export function importOf(kept: Kept, { Description, Resources }: Template): KeptImport {
  const found = (type: string, physical: string | undefined, property: string): ResourceToImport[] => {
    const [id] = Object.entries(Resources).find(([, resource]) => resource.Type === type) ?? [];
    return id === undefined || physical === undefined ? [] : [{ id, type, identifier: { [property]: physical } }];
  };
  const keys = found('AWS::KMS::Key', kept.key?.id, 'KeyId');
  const [key] = keys;
  if (key && kept.key) checkKey(kept.key, kept.ledger, Resources[key.id]?.Properties?.['Description']);
  else checkGivenKey(kept, Resources);
  const resources = [
    ...found('AWS::DynamoDB::Table', kept.ledger, 'TableName'),
    ...found('AWS::S3::Bucket', kept.bucket, 'BucketName'),
    ...keys,
  ];
  const imported = resources.map(({ id, type, identifier }) => {
    const { DependsOn: _, ...resource } = Resources[id] ?? { Type: type };
    const known = type === 'AWS::S3::Bucket' ? {} : resource.Properties;
    const properties = withoutReferences({ ...known, ...named(type, identifier) }, key?.id, kept.key?.arn);
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

/** Under another key than the ledger's, the functions of the service would have no permission to read it. */
function checkGivenKey({ ledger, key }: Kept, resources: Template['Resources']): void {
  const table = Object.values(resources).find(({ Type }) => Type === 'AWS::DynamoDB::Table');
  const { data } = z.object({ KMSMasterKeyId: z.unknown() }).safeParse(table?.Properties?.['SSESpecification']);
  const asked = data?.KMSMasterKeyId;
  if (asked === key?.arn) return;
  const own = 'a key of its own';
  const given = typeof asked === 'string' ? asked : own;
  if (key)
    throw new OperatorError(
      'NotDeployable',
      `The ledger "${ledger}" was kept, and is encrypted under ${key.arn}, and the configuration says ${given}. Leave \`encryptionKey\` out if a deploy of dynamodt made that key, or give that ARN, and deploy again.`,
    );
  const first = given === own ? 'Create a key, encrypt' : 'Encrypt';
  throw new OperatorError(
    'NotDeployable',
    `The ledger "${ledger}" was kept, and is encrypted under no key of this account, and the configuration says ${given}. ${first} the ledger with \`aws dynamodb update-table --table-name ${ledger} --sse-specification Enabled=true,SSEType=KMS,KMSMasterKeyId=${given === own ? 'ARN' : given}\`${given === own ? ', give the ARN as `encryptionKey`' : ''}, and deploy again.`,
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
