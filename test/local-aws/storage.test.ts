import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalS3, startLocalS3 } from '../../local/storage/local-s3.ts';
import { type Fixture, startFixture } from './fixture.ts';

describe('DynamoDB, S3 and KMS on the one port', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({});
  });
  afterAll(() => fixture.close());

  describe('DynamoDB', () => {
    it('serves any region and access key from one database, and has the ledger', async () => {
      const here = new DynamoDBClient(fixture.client);
      const elsewhere = new DynamoDBClient({
        ...fixture.client,
        region: 'eu-west-1',
        credentials: { accessKeyId: 'other', secretAccessKey: 'o' },
      });
      const direct = new DynamoDBClient({ ...fixture.client, endpoint: fixture.aws.dynamodbUrl });
      const key = { id: { S: 'a' } };

      const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
      const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }];
      await here.send(new CreateTableCommand({ TableName: 'Things', BillingMode: 'PAY_PER_REQUEST', KeySchema, AttributeDefinitions }));
      await elsewhere.send(new PutItemCommand({ TableName: 'Things', Item: { ...key, big: { S: 'x'.repeat(300_000) } } }));

      expect((await direct.send(new GetItemCommand({ TableName: 'Things', Key: key }))).Item?.['big']?.S).toHaveLength(300_000);
      expect((await here.send(new DescribeTableCommand({ TableName: 'dynamodt-ledger' }))).Table?.TableStatus).toBe('ACTIVE');
      await expect(here.send(new GetItemCommand({ TableName: 'None', Key: key }))).rejects.toMatchObject({
        name: 'ResourceNotFoundException',
      });
    });
  });

  describe('S3', () => {
    const signed = {
      authorization: 'AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00',
      'x-amz-date': 'x',
    };
    const object = (key: string): string => `${fixture.aws.url}/dynamodt-preparations/${key}`;

    it('keeps, lists, describes and deletes objects for any access key', async () => {
      await fetch(object('a/b%20c'), { method: 'PUT', headers: signed, body: 'hello' });

      expect(await (await fetch(object('a/b%20c'), { headers: signed })).text()).toBe('hello');
      expect((await fetch(object('a/b%20c'), { method: 'HEAD', headers: signed })).headers.get('content-length')).toBe('5');
      expect(await (await fetch(`${fixture.aws.url}/dynamodt-preparations?list-type=2`, { headers: signed })).text()).toContain(
        '<Key>a/b c</Key>',
      );
      expect((await fetch(object('a/b%20c'), { method: 'DELETE', headers: signed })).status).toBe(204);
      expect(await (await fetch(object('a/b%20c'), { headers: signed })).text()).toContain('<Code>NoSuchKey</Code>');
    });

    it('decodes uploads that SDKs frame with a checksum, however they are cut', async () => {
      const body = 'ab'.repeat(40_000);
      const framed = `${(70_000).toString(16)}\r\n${body.slice(0, 70_000)}\r\n${(10_000).toString(16)}\r\n${body.slice(70_000)}\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`;
      const headers = {
        ...signed,
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '80000',
        'x-amz-trailer': 'x-amz-checksum-crc32',
        'content-encoding': 'aws-chunked',
      };

      const pieces = framed.match(/.{1,997}/gs) ?? [];
      const stream = new ReadableStream({
        start(controller) {
          for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
          controller.close();
        },
      });
      const put = await fetch(object('framed'), { method: 'PUT', headers, body: stream, duplex: 'half' });

      expect(put.status).toBe(200);
      const got = await fetch(object('framed'), { headers: signed });
      expect(got.headers.get('content-encoding')).toBeNull();
      expect(await got.text()).toBe(body);
    });
  });

  describe('S3 keys that lead out of the folder of a bucket', () => {
    let folder: string;
    let s3: LocalS3;
    let url: string;
    const server = createServer((incoming, outgoing) => s3.serve(incoming, outgoing));
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'local-s3-test-'));
      await mkdir(join(folder, 'root'));
      s3 = await startLocalS3(join(folder, 'root'), ['own', 'other']);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(async () => {
      server.close().closeAllConnections();
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    });
    /** Sends the path as it is: `fetch` would resolve "..". */
    const ask = (method: string, path: string, { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string } = {}) =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        const sent = request(url, { path, method, headers: { 'x-amz-date': 'x', ...headers } }, async (response) => {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
        sent.on('error', reject).end(body);
      });
    /** As s3rver names the file of an object. */
    const outside = () => join(folder, 'secret._S3rver_object');
    const files = async () => (await readdir(folder, { recursive: true })).filter((name) => !name.startsWith(join('root', 'own'))).sort();
    const form = (key: string) => ({
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: `--b\r\nContent-Disposition: form-data; name="key"\r\n\r\n${key}\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: application/octet-stream\r\n\r\nwritten\r\n--b--\r\n`,
    });

    it.each([
      ['PUT', '/own/../../secret', { body: 'written' }],
      ['PUT', '/own/a/../../../secret', { body: 'written' }],
      ['PUT', '/own/%2e%2e/%2E%2E/secret', { body: 'written' }],
      ['PUT', '/own/..%2f..%2fsecret', { body: 'written' }],
      ['PUT', '/../own2/secret', { body: 'written' }],
      ['PUT', '/own/../other/secret', { body: 'written' }],
      ['PUT', '/..', {}],
      ['PUT', '/own/copy', { headers: { 'x-amz-copy-source': '/own/../../secret' } }],
      ['PUT', '/own/copy', { headers: { 'x-amz-copy-source': '/own/%2e%2e/%2e%2e/secret' } }],
      ['PUT', '/own/copy', { headers: { 'x-amz-copy-source': '/../secret' } }],
      ['PUT', '/own/part?partNumber=1&uploadId=../../../secret', { body: 'written' }],
      ['POST', '/own/../../secret?uploads', {}],
      ['POST', '/own', form('../../secret')],
      ['POST', '/own?delete', { body: '<Delete><Object><Key>../../secret</Key></Object></Delete>' }],
      ['GET', '/own/../../secret', {}],
      ['GET', '/own/%2e%2e/%2e%2e/secret', {}],
      ['HEAD', '/own/../../secret', {}],
      ['DELETE', '/own/../../secret', {}],
      ['DELETE', '/own/..%2f..%2fsecret', {}],
      ['DELETE', '/..', {}],
    ])('are refused: %s %s', async (method, path, options) => {
      await writeFile(outside(), 'secret content');
      const before = await files();

      const { status, text } = await ask(method, path, options);

      expect(text).not.toContain('secret content');
      expect(status === 200 ? text : '<Error>').toContain('<Error>');
      expect(await files()).toEqual(before);
      expect(await readFile(outside(), 'utf8')).toBe('secret content');
      expect((await ask('GET', '/own/copy')).status).toBe(404);
    });

    it('are told from names with dots in them', async () => {
      expect((await ask('PUT', '/own/a/..b/c..d/...', { body: 'kept' })).status).toBe(200);
      expect((await ask('GET', '/own/a/..b/c..d/...')).text).toBe('kept');
    });
  });

  describe('KMS', () => {
    interface Answer {
      CiphertextBlob: string;
      Plaintext: string;
      KeyId: string;
      __type: string;
    }
    const kms = async (action: string, body: Record<string, unknown>): Promise<Answer> => {
      const headers = { 'x-amz-target': `TrentService.${action}`, 'content-type': 'application/x-amz-json-1.1' };
      const response = await fetch(fixture.aws.url, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await response.json()) as Answer;
    };
    const context = { table: 'Users', sequence: '3' };

    it('decrypts its data keys under the same context, in whatever order it is written', async () => {
      const made = await kms('GenerateDataKey', { KeyId: 'alias/dynamodt', KeySpec: 'AES_256', EncryptionContext: context });
      const back = await kms('Decrypt', { CiphertextBlob: made.CiphertextBlob, EncryptionContext: { sequence: '3', table: 'Users' } });

      expect(Buffer.from(made.Plaintext, 'base64')).toHaveLength(32);
      expect(back.Plaintext).toBe(made.Plaintext);
      expect(back.KeyId).toBe('arn:aws:kms:us-east-1:000000000000:key/dynamodt-local');
    });

    it('refuses another context, any flipped byte, and keys it does not have', async () => {
      const plaintext = Buffer.from('secret').toString('base64');
      const { CiphertextBlob, KeyId } = await kms('Encrypt', { KeyId: 'alias/dynamodt', Plaintext: plaintext, EncryptionContext: context });
      const blob = Buffer.from(CiphertextBlob, 'base64');

      const other = await kms('Decrypt', { CiphertextBlob, EncryptionContext: { ...context, table: 'Orders' } });
      const flipped = await Promise.all(
        [...blob.keys()].map((index) => {
          const changed = Buffer.from(blob);
          changed[index] = (changed[index] ?? 0) ^ 1;
          return kms('Decrypt', { CiphertextBlob: changed.toString('base64'), EncryptionContext: context });
        }),
      );

      expect(other.__type).toBe('InvalidCiphertextException');
      expect(new Set(flipped.map(({ __type }) => __type))).toEqual(new Set(['InvalidCiphertextException']));
      expect((await kms('Encrypt', { KeyId: 'alias/none', Plaintext: plaintext })).__type).toBe('NotFoundException');
      expect((await kms('Decrypt', { KeyId, CiphertextBlob, EncryptionContext: context })).Plaintext).toBe(plaintext);
    });

    it('can be disabled', async () => {
      await kms('DisableKey', { KeyId: 'alias/dynamodt' });
      expect((await kms('GenerateDataKey', { KeyId: 'alias/dynamodt' })).__type).toBe('DisabledException');

      await kms('EnableKey', { KeyId: 'alias/dynamodt' });
      expect((await kms('GenerateDataKeyWithoutPlaintext', { KeyId: 'alias/dynamodt' })).CiphertextBlob).toBeDefined();
    });
  });
});
