import type { AwsCredentialIdentity } from '@smithy/types';
import { Signature } from '../table/signature.ts';

const timeoutMs = 3000;

/** Where STS is asked. */
export interface StsCaller {
  region: string;
  credentials: AwsCredentialIdentity;
  /** Instead of the region's endpoint. */
  endpoint: string | undefined;
}

/** Thrown if STS refuses the credentials; `name` is the name that STS gives, such as `ExpiredToken`. */
export class CredentialsRefused extends Error {
  constructor(name: string) {
    super(`STS answered GetCallerIdentity with ${name}.`);
    this.name = name;
  }
}

/**
 * The ARN of whoever has the credentials. STS needs no permission for it:
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 *
 * @throws CredentialsRefused
 * @throws TypeError, DOMException: when STS does not answer
 */
export async function callerArn({ region, credentials, endpoint }: StsCaller): Promise<string> {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = new URL(endpoint ?? `https://sts.${region}.${domain}`);
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const contentType = 'application/x-www-form-urlencoded';
  const { host: _, ...headers } = new Signature(credentials, region, 'sts').headersOf(
    { path: '/', headers: { host: url.host, 'content-type': contentType }, body },
    new Date(),
  );
  const response = await fetch(new URL('/', url), { method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) });
  const text = await response.text();
  const [, arn] = /<Arn>([^<\s]+)<\/Arn>/.exec(text) ?? [];
  if (response.ok && arn !== undefined) return arn;
  throw new CredentialsRefused(/<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? `HTTP ${response.status}`);
}
