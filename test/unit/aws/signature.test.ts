import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Signature } from '../../../aws/http/signature.ts';
import { queryOf } from '../../../aws/services/lambda.ts';

/** The SDK's signer takes its hash as a class. */
class Sha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

function bytesOf(secret: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof secret === 'string') return Buffer.from(secret);
  return ArrayBuffer.isView(secret) ? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength) : Buffer.from(secret);
}

const requests = fc.record({
  accessKeyId: fc.stringMatching(/^[A-Z0-9]{4,20}$/),
  secretAccessKey: fc.string({ minLength: 1, maxLength: 90 }),
  sessionToken: fc.option(fc.stringMatching(/^[\w+/=]{1,600}$/), { nil: undefined }),
  region: fc.constantFrom('us-east-1', 'eu-central-1', 'us-gov-west-1', 'cn-north-1'),
  host: fc.constantFrom('dynamodb.us-east-1.amazonaws.com', '123456789012.ddb.eu-central-1.amazonaws.com', '127.0.0.1:8000'),
  path: fc.constantFrom('/', '/dynamodb'),
  operation: fc.constantFrom('Scan', 'BatchExecuteStatement'),
  body: fc.string({ unit: 'grapheme', maxLength: 2000 }),
  dates: fc.array(fc.date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), {
    minLength: 1,
    maxLength: 3,
  }),
});

it("signs as the SDK's signer does, whatever is signed, by whom, and on however many days", async () => {
  await fc.assert(
    fc.asyncProperty(requests, async ({ accessKeyId, secretAccessKey, sessionToken, region, host, path, operation, body, dates }) => {
      const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
      const signer = new SignatureV4({ service: 'dynamodb', region, credentials, sha256: Sha256, applyChecksum: false });
      const signature = new Signature(credentials, region);
      const headers = { host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` };
      for (const date of dates) {
        const theirs = await signer.sign(
          { method: 'POST', protocol: 'https:', hostname: host, path, headers, body },
          { signingDate: date },
        );

        expect(signature.headersOf({ path, headers, body }, date)).toEqual(theirs.headers);
      }
    }),
    { numRuns: 300 },
  );
});

it.each([
  ['GET', '/2015-03-31/event-source-mappings/', { FunctionName: 'shop-follow-stream', Marker: "a/b+c=='(x)*!" }, ''],
  ['PUT', '/2015-03-31/event-source-mappings/0f1e', {}, '{"Enabled":false}'],
] as const)("signs other methods, and a query string, as the SDK's signer does: %s", async (method, path, query, body) => {
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };
  const signer = new SignatureV4({ service: 'lambda', region: 'eu-west-1', credentials, sha256: Sha256, applyChecksum: false });
  const headers = { host: 'lambda.eu-west-1.amazonaws.com' };
  const date = new Date('2026-11-27T12:00:00.000Z');
  const theirs = await signer.sign(
    { method, protocol: 'https:', hostname: headers.host, path, query, headers, ...(body === '' ? {} : { body }) },
    { signingDate: date },
  );

  const signed = new Signature(credentials, 'eu-west-1', 'lambda').headersOf({ method, path, query: queryOf(query), headers, body }, date);

  expect(signed).toEqual(theirs.headers);
});
