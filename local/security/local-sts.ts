import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/read-body.ts';

/** Access key id of requests made in an assumed role. */
export const assumedAccessKey = 'ASIALOCALASSUMEDROLE';

/** True for a request to STS, which can be recognised only by its signature. */
export function isForSts({ headers }: IncomingMessage): boolean {
  return /\/sts\/aws4_request/.test(headers.authorization ?? '');
}

/** Max bytes of a request, far more than AssumeRole needs. */
const maxRequestBytes = 64 * 1024;

/** Whoever calls local AWS: it checks no signature. */
const localCaller = 'arn:aws:iam::000000000000:user/local';

/** Answers AssumeRole for any role, for an hour, and GetCallerIdentity. */
export async function serveSts(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parameters = new URLSearchParams(await readBody(request, maxRequestBytes));
  const [arn, session] = [parameters.get('RoleArn') ?? '', parameters.get('RoleSessionName') ?? ''];
  response.setHeader('content-type', 'text/xml');
  if (parameters.get('Action') === 'GetCallerIdentity') {
    response.end(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${localCaller}</Arn><UserId>local</UserId><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
    return;
  }
  if (
    parameters.get('Action') !== 'AssumeRole' ||
    !/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(arn) ||
    !/^[\w+=,.@-]+$/.test(session)
  ) {
    response
      .writeHead(400)
      .end(
        '<ErrorResponse><Error><Code>InvalidAction</Code><Message>Local AWS supports only AssumeRole and GetCallerIdentity.</Message></Error></ErrorResponse>',
      );
    return;
  }
  response.end(
    `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
<Credentials><AccessKeyId>${assumedAccessKey}</AccessKeyId><SecretAccessKey>local</SecretAccessKey><SessionToken>local</SessionToken>
<Expiration>${new Date(Date.now() + 3_600_000).toISOString()}</Expiration></Credentials>
<AssumedRoleUser><AssumedRoleId>${assumedAccessKey}:${session}</AssumedRoleId><Arn>${arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${session}</Arn></AssumedRoleUser>
</AssumeRoleResult></AssumeRoleResponse>`,
  );
}
