/** Variables that hold an access key, as the SDK reads them. */
export type CredentialVariables = Record<string, string>;

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** The access key of everything that is local. It opens nothing anywhere else. */
export const localCredentials: Credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** Whether a URL is one of AWS's own, in any of its partitions. */
export function isAws(url: string): boolean {
  return /(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$/.test(new URL(url).hostname);
}

/**
 * The variables of a function with the access key that it signs with: the local one, so that code under development cannot reach AWS by
 * the keys of the person who starts it. If the DynamoDB is AWS's own, which only `--dynamodb` can say, it is the key of that person, and a
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
