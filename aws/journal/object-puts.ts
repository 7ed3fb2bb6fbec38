import { hash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { builtRequest, Destinations } from '../http/destination.ts';
import { readBody } from '../table/read-body.ts';

/**
 * Puts objects into a bucket without the SDK's middleware, which costs a worker twice what the encryption of the object does. Endpoint,
 * credentials, sockets and timeouts are those of the client.
 *
 * Only one request is sent in this way. If its answer is not 200, or there is none, the client puts the object: it retries, corrects the
 * clock, and names errors. Both put the same bytes under the same key, so the second does no harm if the first arrives later.
 */
export class ObjectPuts {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #destinations: Destinations;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
    this.#destinations = new Destinations(s3.config, 's3', () => {
      const probe = new PutObjectCommand({ Bucket: bucket, Key: probedKey });
      return builtRequest(probe, () => s3.send(probe));
    });
  }

  /** @param key of characters that a path may have as they are @throws the errors of the client */
  async put(key: string, body: Uint8Array): Promise<void> {
    if (await this.#putOnce(key, body).catch(() => false)) return;
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body }));
  }

  async #putOnce(key: string, body: Uint8Array): Promise<boolean> {
    const { config } = this.#s3;
    const { request, signature } = await this.#destinations.current();
    const path = `${request.path.slice(0, -probedKey.length)}${key}`;
    const bodyHash = hash('sha256', body);
    const headers = signature.headersOf(
      {
        method: 'PUT',
        path,
        headers: {
          host: request.headers['host'] ?? request.hostname,
          // S3 compares the object with both; a bucket with a lock of objects asks for the second.
          'x-amz-content-sha256': bodyHash,
          'x-amz-checksum-sha256': Buffer.from(bodyHash, 'hex').toString('base64'),
        },
        body,
        bodyHash,
      },
      new Date(Date.now() + config.systemClockOffset),
    );
    headers['content-length'] = String(body.length);
    headers['content-type'] = 'application/octet-stream';
    headers['user-agent'] = request.headers['user-agent'] ?? '';
    const { response } = await config.requestHandler.handle({ ...request, method: 'PUT', path, query: {}, headers, body });
    await readBody(response.body);
    return response.statusCode === 200;
  }
}

const probedKey = 'any';
