/** Variables that hold an access key, as the SDK reads them. */
export type CredentialVariables = Record<string, string>;

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** The access key for local AWS. It is not valid anywhere else. */
export const localCredentials: Credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** True if a URL is an endpoint of AWS, in any of its partitions. */
export function isAws(url: string): boolean {
  return /(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/.test(new URL(url).hostname);
}

/**
 * The variables with the access key that a function signs with: the local key, so that code under development cannot access AWS with
 * the user's keys. If `--dynamodb` names an endpoint of AWS, it is the user's key, and a
 * warning is logged.
 */
export async function credentialVariables(
  dynamodbUrl: string,
  starter: () => Promise<Credentials>,
  log: (line: string) => void,
): Promise<CredentialVariables> {
  if (!isAws(dynamodbUrl)) return variablesOf(localCredentials);
  const credentials = await starter();
  log(`WARNING: ${dynamodbUrl} is AWS. Functions get your access key ${credentials.accessKeyId} and write real tables with it.`);
  return variablesOf(credentials);
}

function variablesOf({ accessKeyId, secretAccessKey, sessionToken }: Credentials): CredentialVariables {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
  };
}
