import type { AwsCredentialIdentity } from '@smithy/types';
import { domainOf } from '../http/domain-of.ts';
import { httpExchange, isSuccess } from '../http/http-exchange.ts';
import { Signature } from '../http/signature.ts';

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
 * @throws NoAnswer: when STS does not answer
 */
export async function callerArn({ region, credentials, endpoint }: StsCaller): Promise<string> {
  const url = new URL(endpoint ?? `https://sts.${region}.${domainOf(region)}`);
  const body = 'Action=GetCallerIdentity&Version=2011-06-15';
  const contentType = 'application/x-www-form-urlencoded';
  const { host: _, ...headers } = new Signature(credentials, region, 'sts').headersOf(
    { path: '/', headers: { host: url.host, 'content-type': contentType }, body },
    new Date(),
  );
  const answer = await httpExchange(new URL('/', url), { method: 'POST', headers, body, timeoutMs });
  const [, arn] = /<Arn>([^<\s]+)<\/Arn>/.exec(answer.body) ?? [];
  if (isSuccess(answer) && arn !== undefined) return arn;
  throw new CredentialsRefused(/<Code>(\w+)<\/Code>/.exec(answer.body)?.[1] ?? `HTTP ${answer.status}`);
}
