import { request } from 'node:http';
import { connect } from 'node:net';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Front, openFront } from '../../local/front.ts';
import { type Fixture, sharedDynamoDb, startFixture, until } from './fixture.ts';

const MiB = 1024 * 1024;
const sts = 'AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=00';
const services: Record<string, { path: string; headers: Record<string, string> }> = {
  'Step Functions': { path: '/', headers: { 'x-amz-target': 'AWSStepFunctions.StartExecution' } },
  KMS: { path: '/', headers: { 'x-amz-target': 'TrentService.Decrypt' } },
  STS: { path: '/', headers: { authorization: sts } },
  Lambda: { path: '/2015-03-31/functions/dynamodt-work/invocations', headers: {} },
  DynamoDB: { path: '/', headers: { 'x-amz-target': 'DynamoDB_20120810.PutItem' } },
  S3: { path: '/dynamodt-preparations/broken-off', headers: { 'x-amz-date': 'x' } },
};

describe('requests that are broken', () => {
  let fixture: Fixture;
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  beforeAll(async () => {
    fixture = await startFixture({ functions: { work: 'return event;' } }, sharedDynamoDb());
    process.on('unhandledRejection', note).on('uncaughtException', note);
  });
  afterAll(async () => {
    process.off('unhandledRejection', note).off('uncaughtException', note);
    await fixture.close();
  });
  afterEach(() => expect(unhandled.splice(0)).toEqual([]));

  it.each(Object.entries(services))(
    'end nothing when %s gets a part of a body and a closed connection',
    async (_name, { path, headers }) => {
      const { hostname, port } = new URL(fixture.aws.url);
      const head = Object.entries({ host: `${hostname}:${port}`, 'content-length': '100', ...headers }).map((pair) => pair.join(': '));
      const method = path.includes('broken-off') ? 'PUT' : 'POST';
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      await new Promise<void>((resolve) =>
        socket.write(`${method} ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\nAction=`, () => resolve()),
      );
      await answers(fixture.aws.url);
      socket.destroy();

      await answers(fixture.aws.url);
      await new Promise((resolve) => setImmediate(resolve));
    },
  );

  it.each(['Step Functions', 'KMS', 'STS', 'Lambda'])(
    'are refused by %s once they are too large, without being held in memory',
    async (name) => {
      const { path, headers } = services[name] ?? { path: '', headers: {} };
      const before = process.memoryUsage().rss;
      let largest = 0;

      const { status, text } = await upload(new URL(path, fixture.aws.url), headers, 300, () => {
        largest = Math.max(largest, process.memoryUsage().rss);
      });

      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).toMatch(/RequestEntityTooLarge|Request must be smaller/);
      expect((largest - before) / MiB).toBeLessThan(150);
    },
  );

  it('are refused by their length alone', async () => {
    const { path, headers } = services['Lambda'] ?? { path: '', headers: {} };

    const answer = new Promise<number>((resolve, reject) => {
      const sent = request(new URL(path, fixture.aws.url), { method: 'POST', headers: { ...headers, 'content-length': 600 * MiB } });
      sent.on('response', (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject);
      sent.flushHeaders();
    });

    expect(await answer).toBe(413);
  });
});

describe('a request of a service that local AWS does not have', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({}, sharedDynamoDb());
  });
  afterAll(() => fixture.close());

  it('is refused with what local AWS has, in the form of a service with a query protocol', async () => {
    const client = new CloudFormationClient({
      endpoint: fixture.aws.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const refused = client.send(new DescribeStacksCommand({})).finally(() => client.destroy());

    await expect(refused).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringMatching(/does not have the service "cloudformation".*unset AWS_ENDPOINT_URL/),
    });
  });

  it('is refused in the form of a service with a JSON protocol', async () => {
    const authorization = sts.replace('/sts/', '/secretsmanager/');
    const response = await fetch(fixture.aws.url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.ListSecrets' },
      body: '{}',
    });

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      __type: 'UnknownOperationException',
      message: expect.stringContaining('does not have the service "secretsmanager"'),
    });
  });
});

describe('a client that never finishes its request', () => {
  let front: Front;
  beforeAll(async () => {
    front = await openFront(0, { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 });
  });
  afterAll(() => front.close());

  it.each(['POST / HTTP/1.1\r\nhost: localhost\r\ncontent-le', 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nx'])(
    'is cut off: %j',
    async (text) => {
      const socket = connect(Number(new URL(front.url).port), '127.0.0.1');
      let closed = false;
      socket.on('close', () => {
        closed = true;
      });
      socket.on('error', () => {});
      socket.resume().write(text);

      await until(() => closed);
    },
  );
});

async function answers(url: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'x-amz-target': 'AWSStepFunctions.ListStateMachines' }, body: '{}' });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
}

/** Uploads MiB by MiB, without a length that is known before. */
function upload(url: URL, headers: Record<string, string>, count: number, sentOne: () => void) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
    });
    sent.on('error', reject);
    const piece = Buffer.alloc(MiB, 'x');
    const send = (left: number): void => {
      sentOne();
      if (left === 0) sent.end();
      else sent.write(piece, () => send(left - 1));
    };
    send(count);
  });
}
