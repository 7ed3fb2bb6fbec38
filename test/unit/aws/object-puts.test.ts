import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ObjectPuts } from '../../../aws/journal/object-puts.ts';

const key = 'journal/Users/000003/r1/000001/000007/000004-000002';
const body = Buffer.from([0, 1, 255]);

interface Put {
  url: string | undefined;
  body: Buffer;
  headers: IncomingHttpHeaders;
}

/** A bucket that answers with these statuses, and then with 200. */
async function bucketAnswering(...statuses: number[]) {
  const put: Put[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      put.push({ url: request.url, body: Buffer.concat(parts), headers: request.headers });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const s3 = new S3Client({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forcePathStyle: true,
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' },
  });
  onTestFinished(() => {
    s3.destroy();
    server.close();
  });
  return { put, puts: new ObjectPuts(s3, 'b') };
}

describe('objects that are put without the SDK', () => {
  it('are put by one request that is signed, with a checksum of what it has', async () => {
    const { put, puts } = await bucketAnswering();

    await puts.put(key, body);
    await puts.put(key, body);

    const sha256 = createHash('sha256').update(body);
    const hash = sha256.copy().digest('hex');
    expect(put).toHaveLength(2);
    expect(put[1]).toMatchObject({
      url: `/b/${key}`,
      body,
      headers: {
        'content-length': '3',
        'x-amz-content-sha256': hash,
        'x-amz-checksum-sha256': sha256.digest('base64'),
        'x-amz-security-token': 'token',
        authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/eu-central-1\/s3\/aws4_request, /),
      },
    });
    // Only the SDK adds it.
    expect(put[1]?.headers).not.toHaveProperty('amz-sdk-invocation-id');
  });

  it.each([503, 403, 307])('are put by the SDK if the answer is %i', async (status) => {
    const { put, puts } = await bucketAnswering(status);

    await puts.put(key, body);

    expect(put.map(({ url, body: sent }) => ({ url: url?.replace(/\?.*$/, ''), sent }))).toEqual([
      { url: `/b/${key}`, sent: body },
      { url: `/b/${key}`, sent: body },
    ]);
    expect(put[1]?.headers).toHaveProperty('amz-sdk-invocation-id');
  });

  it('fail with the error of the SDK if S3 refuses that, too', async () => {
    const { puts } = await bucketAnswering(403, 403);

    await expect(puts.put(key, body)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});
