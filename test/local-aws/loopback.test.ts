import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestsFile, launcherFile } from '../../local/dynamodb/java/launcher.ts';
import { type Fixture, startFixture } from './fixture.ts';

const services: Record<string, { path: string; method: string; headers: Record<string, string>; body: string }> = {
  DynamoDB: {
    path: '/',
    method: 'POST',
    headers: { 'x-amz-target': 'DynamoDB_20120810.ListTables', ...signedFor('dynamodb') },
    body: '{}',
  },
  'Step Functions': { path: '/', method: 'POST', headers: { 'x-amz-target': 'AWSStepFunctions.ListStateMachines' }, body: '{}' },
  KMS: { path: '/', method: 'POST', headers: { 'x-amz-target': 'TrentService.EnableKey' }, body: '{"KeyId":"alias/dynamodt"}' },
  STS: {
    path: '/',
    method: 'POST',
    headers: signedFor('sts'),
    body: 'Action=AssumeRole&RoleArn=arn:aws:iam::000000000000:role/r&RoleSessionName=s',
  },
  Lambda: { path: '/2015-03-31/functions/dynamodt-work/invocations', method: 'POST', headers: {}, body: '{}' },
  S3: { path: '/dynamodt-preparations?list-type=2', method: 'GET', headers: signedFor('s3'), body: '' },
};

describe('local AWS, for programs on this machine only', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({ functions: { work: 'return event;' } });
  });
  afterAll(() => fixture.close());

  const ask = async (service: string, url: string, changed: Record<string, string>) => {
    const { path, method, headers, body } = services[service] ?? { path: '/', method: 'GET', headers: {}, body: '' };
    return send(new URL(path, url), method, { 'content-type': 'application/x-amz-json-1.0', ...headers, ...changed }, body);
  };
  const foreign: Record<string, string>[] = [
    { host: 'rebound.example' },
    { host: 'rebound.example:4566' },
    { host: '127.0.0.1.rebound.example' },
    { origin: 'https://page.example' },
    { origin: 'null' },
  ];

  it.each(Object.keys(services))('answers 403 to requests of web pages to %s, and says why', async (service) => {
    expect((await ask(service, fixture.aws.url, {})).status).toBe(200);
    for (const host of ['localhost', 'localhost:4566', '[::1]:4566'])
      expect((await ask(service, fixture.aws.url, { host })).status).toBe(200);

    for (const headers of [...foreign, { 'sec-fetch-site': 'cross-site' }]) {
      const { status, text } = await ask(service, fixture.aws.url, headers);
      expect({ headers, status }).toEqual({ headers, status: 403 });
      expect(JSON.parse(text).message).toMatch(/^Local AWS serves programs on this machine only: the .+\. Send it from a program/);
    }
  });

  it('answers 403 to requests of web pages to the port of DynamoDB itself', async () => {
    const { dynamodbUrl } = fixture.aws;
    expect(await ask('DynamoDB', dynamodbUrl, {})).toMatchObject({ status: 200, text: expect.stringContaining('dynamodt-ledger') });
    expect((await ask('DynamoDB', dynamodbUrl, { host: 'localhost:4566' })).status).toBe(200);

    for (const headers of foreign) {
      const { status, text } = await ask('DynamoDB', dynamodbUrl, headers);
      expect({ headers, status }).toEqual({ headers, status: 403 });
      expect(text).toContain('Local AWS serves programs on this machine only');
      expect(text).not.toContain('dynamodt-ledger');
    }
  });

  it('listens on the loopback interface only, DynamoDB too', async ({ skip }) => {
    const address = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
    if (!address) return skip('This machine has no other IPv4 address than that of the loopback interface.');

    for (const url of [fixture.aws.url, fixture.aws.dynamodbUrl]) {
      const port = Number(new URL(url).port);
      expect(await connects('127.0.0.1', port)).toBe('connected');
      expect(await connects(address, port)).toBe('ECONNREFUSED');
    }
  });

  it.each(Object.keys(services))('answers with a content type of %s, not with that of the request', async (service) => {
    const { headers } = await ask(service, fixture.aws.url, { 'content-type': 'text/html' });

    expect(headers['content-type']).toMatch(/^(application\/(x-amz-json-1\.[01]|json|xml)|text\/xml)/);
  });

  it('answers with the content type of an object, not with the one that an address asks for', async () => {
    const url = new URL('/dynamodt-preparations/page', fixture.aws.url);
    await send(url, 'PUT', { ...signedFor('s3'), 'content-type': 'application/octet-stream' }, '<script>');

    url.search = 'response-content-type=text/html';
    const { headers, text } = await send(url, 'GET', signedFor('s3'));

    expect(text).toBe('<script>');
    expect(headers['content-type']).toBe('application/octet-stream');
  });

  it('starts DynamoDB by the class that was compiled from its source', () => {
    const digest = (extension: 'java' | 'class') =>
      createHash('sha256')
        .update(readFileSync(launcherFile(extension)))
        .digest('hex');

    expect(JSON.parse(readFileSync(digestsFile, 'utf8'))).toEqual({ java: digest('java'), class: digest('class') });
  });
});

function signedFor(service: string) {
  return {
    authorization: `AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
    'x-amz-date': 'x',
  };
}

function send(url: URL, method: string, headers: Record<string, string>, body = '') {
  return new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const sent = request(url, { method, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() });
    });
    sent.on('error', reject).end(body);
  });
}

function connects(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => resolve('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.on('connect', () => socket.destroy());
  });
}
