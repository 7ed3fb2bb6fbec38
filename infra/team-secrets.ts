import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IParameter } from 'aws-cdk-lib/aws-ssm';
import type { SecretSource } from '../aws/services/read-secret.ts';
import type { GivenSecret } from './dynamodt-props.ts';
import { useOfKeys } from './permissions/permissions.ts';

/** By the variables that get their values: where the functions read them. */
export function secretSources(secrets: Readonly<Record<string, GivenSecret>>): Record<string, SecretSource> {
  return Object.fromEntries(Object.entries(secrets).map(([name, given]) => [name, sourceOf(given)]));
}

function sourceOf(given: GivenSecret): SecretSource {
  if ('parameterName' in given) return { parameter: given.parameterName };
  return 'field' in given ? { secret: given.secret.secretArn, field: given.field } : { secret: given.secretArn };
}

/** Permits to read exactly these, and to use the customer's keys that encrypt them. */
export function secretStatements(secrets: Readonly<Record<string, GivenSecret>>): PolicyStatement[] {
  return Object.values(secrets).flatMap((given) => {
    if ('parameterName' in given)
      return [new PolicyStatement({ actions: ['ssm:GetParameter'], resources: [given.parameterArn] }), ...useOf(keyOf(given), 'ssm')];
    const secret = 'field' in given ? given.secret : given;
    // Secrets Manager adds six characters to the name of a secret; one that is imported by its name does not know them.
    const resource = secret.secretFullArn ?? `${secret.secretArn}-??????`;
    const statement = new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [resource] });
    return [statement, ...useOf(secret.encryptionKey, 'secretsmanager')];
  });
}

/** Of a parameter that is imported as a secure string; the interface does not name it. */
function keyOf({ encryptionKey }: IParameter & { readonly encryptionKey?: IKey | undefined }): IKey | undefined {
  return encryptionKey;
}

function useOf(key: IKey | undefined, service: 'ssm' | 'secretsmanager'): PolicyStatement[] {
  return key ? [useOfKeys([key], service, false)] : [];
}
