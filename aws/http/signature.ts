import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { AwsCredentialIdentity } from '@smithy/types';

/** The signed parts of a request. */
export interface Signable {
  /** @default POST, as of all requests to DynamoDB */
  method?: 'GET' | 'POST' | 'PUT';
  path: string;
  /** Encoded, with the names in their order. @default none */
  query?: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array;
  /** SHA-256 of the body, in hexadecimal, if the caller has it. */
  bodyHash?: string;
}

/**
 * Signs requests to DynamoDB, or to another service, by Signature Version 4 with one set of credentials in one region. The signing key is derived once per day. The
 * SDK's signer serves any service: for each request it computes a fingerprint of that key again, and makes promises that are not needed.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class Signature {
  readonly #credentials: AwsCredentialIdentity;
  readonly #region: string;
  readonly #service: string;
  #day = '';
  #scope = '';
  #signingKey: KeyObject | undefined;

  constructor(credentials: AwsCredentialIdentity, region: string, service = 'dynamodb') {
    this.#credentials = credentials;
    this.#region = region;
    this.#service = service;
  }

  /** Returns the headers with date, session token and authorization added. All of them are signed. */
  headersOf(
    { method = 'POST', path, query = '', headers, body, bodyHash = hash('sha256', body) }: Signable,
    date: Date,
  ): Record<string, string> {
    const time = date.toISOString().replace(/[-:]|\.\d+/g, '');
    const signingKey = this.#keyFor(time.slice(0, 8));
    const signed: Record<string, string> = { ...headers, 'x-amz-date': time };
    const { accessKeyId, sessionToken } = this.#credentials;
    if (sessionToken) signed['x-amz-security-token'] = sessionToken;
    const names = Object.keys(signed).sort();
    const nameList = names.join(';');
    const canonicalHeaders = names.map((name) => `${name}:${signed[name]}\n`).join('');
    const canonicalRequest = `${method}\n${path}\n${query}\n${canonicalHeaders}\n${nameList}\n${bodyHash}`;
    const toSign = `AWS4-HMAC-SHA256\n${time}\n${this.#scope}\n${hash('sha256', canonicalRequest)}`;
    const signature = createHmac('sha256', signingKey).update(toSign).digest('hex');
    signed['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${this.#scope}, SignedHeaders=${nameList}, Signature=${signature}`;
    return signed;
  }

  #keyFor(day: string): KeyObject {
    if (this.#signingKey && day === this.#day) return this.#signingKey;
    const parts = [day, this.#region, this.#service, 'aws4_request'];
    const secret = Buffer.from(`AWS4${this.#credentials.secretAccessKey}`);
    this.#day = day;
    this.#scope = parts.join('/');
    this.#signingKey = createSecretKey(parts.reduce((key, part) => createHmac('sha256', key).update(part).digest(), secret));
    return this.#signingKey;
  }
}
