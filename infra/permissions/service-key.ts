import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { compareEnvironments, environmentInWords, environmentOf } from '../checks/environments.ts';

/** @throws Error: when the key cannot have an alias beside the service, and its policy cannot be left to IAM policies of this account */
export function refuseKey(scope: Construct, key: IKey): void {
  const [own, its] = [Stack.of(scope), environmentOf(key, key.keyArn)];
  if (compareEnvironments(own, its) === 'different')
    throw new Error(
      `\`encryptionKey\` is in ${environmentInWords(its)}, but this stack in ${environmentInWords(own)}: an alias, and the grants of its functions, need a key of their own account and region. Give a key that is there, or none, so that the construct creates one.`,
    );
}
