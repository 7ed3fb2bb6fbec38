import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentityProvider } from '@smithy/types';
import { namingService } from '../naming-service.ts';
import { withoutQuotes } from '../unreadable-answer.ts';

/** Credentials of another role, fetched when the first request needs them, and again by the SDK before they expire. */
export function assumedRole(RoleArn: string): AwsCredentialIdentityProvider {
  return async () => {
    const client = namingService(withoutQuotes(new STSClient({})), 'STS');
    const asked = client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'transformation' }));
    const { Credentials: given } = await asked.finally(() => client.destroy());
    if (!given?.AccessKeyId || !given.SecretAccessKey || !given.SessionToken || !given.Expiration)
      throw new TypeError('AssumeRole gave no credentials');
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      sessionToken: given.SessionToken,
      expiration: given.Expiration,
    };
  };
}
