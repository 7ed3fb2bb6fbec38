import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, type DynamoDBClientConfig, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { HttpRequest } from '@smithy/types';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { plainHandler } from '../../../aws/http/plain-handler.ts';
import { SignedWire } from '../../../aws/table/signed-wire.ts';
import { Table } from '../../../aws/table/table.ts';
import { GuardClosed } from '../../../aws/table/write-guard.ts';
import { PromptHttpAgent, PromptHttpsAgent } from '../../../functions/wiring/clients/prompt-agents.ts';
import { createScratchTable, removeScratchTables, type ScratchTable } from './scratch-table.ts';

/** A peer that answers as a test says, and keeps what it was sent. */
let answer: (response: ServerResponse, request: IncomingMessage) => void;
let sent: IncomingMessage[] = [];
const server = createServer((request, response) => {
  sent.push(request);
  request.resume().once('end', () => answer(response, request));
});
let url: string;
let scratch: ScratchTable;

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  scratch = await createScratchTable();
});
afterEach(() => {
  sent = [];
  vi.unstubAllEnvs();
  vi.useRealTimers();
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await removeScratchTables();
});

const local = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, maxAttempts: 1 };

function clientOf(config: DynamoDBClientConfig = {}) {
  return new DynamoDBClient({ ...local, endpoint: url, ...config });
}

/** The handler of a worker's client, and that of look-ups and of the command. */
const handlers = {
  "the worker's handler": () =>
    plainHandler({ httpAgent: new PromptHttpAgent({}), httpsAgent: new PromptHttpsAgent({}), requestTimeout: 4000 }),
  "the SDK's handler": () => ({}),
};

function json(status: number, body: object | string, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
}

const write = {
  key: { id: { S: 'u1' } },
  change: { item: { kind: 'update' as const, set: { a: { NULL: true } }, remove: [] }, inserts: [] },
  condition: { equals: { names: [], values: [] }, missing: [] },
  units: 1,
};

function writeBy(client: DynamoDBClient, mayWrite = () => true) {
  return new Table(new SignedWire(client), scratch.shape, undefined).writeBatch([write], mayWrite);
}

function readBy(client: DynamoDBClient) {
  return new Table(new SignedWire(client), scratch.shape, undefined).readPage({
    segment: 0,
    totalSegments: 1,
    position: undefined,
    limit: 1,
  });
}

describe.each(Object.entries(handlers))('by %s, an answer', (_by, handler) => {
  const client = () => clientOf({ requestHandler: handler() });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['with HTTP 500', json(500, { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'x' })],
    ['of a load balancer with HTTP 503, in HTML', json(503, '<html>')],
    ['of DynamoDB with HTTP 400 that is cut off', json(400, '{"__type":"com.amazonaws.dynamodb.v20120810#ValidationEx')],
    ['of a proxy with HTTP 403, in HTML', json(403, '<html>Forbidden</html>')],
    ['of a proxy with HTTP 429, without a body', json(429, '')],
    ['of something else with HTTP 400, in JSON', json(400, { error: 'blocked' })],
    ['that throttles, named in its header alone', json(400, {}, { 'x-amzn-errortype': 'ThrottlingException:http://x' })],
    ['that throttles, named in its body', json(400, { __type: 'com.amazon.coral.availability#ThrottlingException', Message: 'x' })],
    ['that is no JSON', json(200, '{"Items":[{"id":{"S":"u')],
    ['that is empty', json(200, '')],
    ['that is cut off', (response) => response.writeHead(200, { 'content-length': '1000' }).write('{"Items":[', () => response.destroy())],
    ['that never comes, as the connection breaks', (response) => response.destroy()],
  ])('%s lets read and write be tried again', async (_, answered) => {
    answer = answered;
    const same = client();

    expect(await writeBy(same)).toMatchObject([{ kind: 'throttled' }]);
    expect(await readBy(same)).toEqual({ kind: 'throttled' });
    expect(sent).toHaveLength(2);
  });

  it.each<[string, boolean, (response: ServerResponse) => unknown]>([
    ['with HTTP 500', false, json(500, { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'x' })],
    ['that throttles', false, json(400, { __type: 'com.amazon.coral.availability#ThrottlingException', Message: 'x' })],
    ['of a load balancer with HTTP 503, in HTML', true, json(503, '<html>')],
    ['of DynamoDB with HTTP 400 that is cut off', true, json(400, '{"__type":"com.amazonaws.dynamodb.v20120810#ValidationEx')],
    ['of a proxy with HTTP 403, in HTML', true, json(403, '<html>Forbidden</html>')],
    ['that is no JSON', true, json(200, '{"Responses":[{"TableNa')],
    ['that says nothing of a statement', true, json(200, { Responses: [] })],
    ['that never comes, as the connection breaks', true, (response) => response.destroy()],
  ])('%s leaves it open if the write is applied later: %s', async (_, isOpen, answered) => {
    answer = answered;

    const [result] = await writeBy(client());

    expect(result).toMatchObject({ kind: 'throttled' });
    expect(result && 'isUnanswered' in result && result.isUnanswered === true).toBe(isOpen);
  });

  it('that begins and then stalls is given up', async () => {
    answer = (response) => response.writeHead(200, { 'content-length': '1000' }).write('{');

    expect(await writeBy(client())).toMatchObject([{ kind: 'throttled' }]);
  });

  it('that refuses access ends the segment, under the name that DynamoDB gives it', async () => {
    answer = json(400, { __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'not authorized' });

    await expect(writeBy(client())).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(readBy(client())).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: 'not authorized',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

it.each(Object.entries(handlers))('gives up where nobody listens, and knows that nothing was sent, by %s', async (_, handler) => {
  const client = clientOf({ endpoint: 'http://127.0.0.1:1', requestHandler: handler() });

  const results = await writeBy(client);

  expect(results).toMatchObject([{ kind: 'throttled' }]);
  expect(results[0]).not.toHaveProperty('isUnanswered');
});

it('signs with new credentials, and their token, when those it has are about to expire', async () => {
  answer = json(200, { Responses: [{}] });
  const start = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: start });
  const inMinutes = (minutes: number) => new Date(start + minutes * 60_000);
  const given = [
    { accessKeyId: 'first', secretAccessKey: 'x', sessionToken: 'token 1', expiration: inMinutes(60) },
    { accessKeyId: 'second', secretAccessKey: 'y', sessionToken: 'token 2', expiration: inMinutes(120) },
  ];
  const wire = new SignedWire(clientOf({ credentials: async () => given.shift() ?? local.credentials }));

  for (const minute of [0, 50, 57, 100]) {
    vi.setSystemTime(inMinutes(minute));
    await wire.send('Scan', '{}');
  }

  const signedBy = sent.map(({ headers }) => [/Credential=(\w+)/.exec(headers.authorization ?? '')?.[1], headers['x-amz-security-token']]);
  expect(signedBy).toEqual([
    ['first', 'token 1'],
    ['first', 'token 1'],
    ['second', 'token 2'],
    ['second', 'token 2'],
  ]);
});

it('reports credentials that cannot be had, and asks again the next time', async () => {
  answer = json(200, { Responses: [{}] });
  let asked = 0;
  const client = clientOf({
    credentials: async () => {
      if (asked++ === 0) throw Object.assign(new Error('none'), { name: 'CredentialsProviderError' });
      return local.credentials;
    },
  });
  const table = new Table(new SignedWire(client), scratch.shape, undefined);

  await expect(table.writeBatch([write], () => true)).rejects.toMatchObject({ name: 'CredentialsProviderError' });
  expect(await table.writeBatch([write], () => true)).toMatchObject([{ kind: 'written' }]);
});

it("corrects its clock by DynamoDB's, where a signature was refused for it", async () => {
  const theirs = new Date(Date.now() + 3_600_000);
  answer = json(400, { __type: 'com.amazon.coral.service#InvalidSignatureException' }, { date: theirs.toUTCString() });
  const client = clientOf();

  expect(await writeBy(client)).toMatchObject([{ kind: 'throttled' }]);
  await expect(writeBy(client)).rejects.toMatchObject({ name: 'InvalidSignatureException' });

  const signedAt = String(sent[1]?.headers['x-amz-date']);
  expect(signedAt.slice(0, 11)).toBe(theirs.toISOString().replace(/[-:]/g, '').slice(0, 11));
});

describe('where a request goes', () => {
  /** What the SDK itself would hand to its HTTP handler, and what we hand to it. */
  const handedOver = async (config: DynamoDBClientConfig) => {
    const requests: HttpRequest[] = [];
    const handle = async (request: HttpRequest) => {
      requests.push(request);
      throw new Error('not sent');
    };
    const client = new DynamoDBClient({ ...config, maxAttempts: 1, requestHandler: { handle, metadata: { handlerProtocol: 'http/1.1' } } });
    await client.send(new ScanCommand({ TableName: 'T' })).catch(() => undefined);
    await new SignedWire(client).send('Scan', '{"TableName":"T"}').catch(() => undefined);
    return requests.map(({ protocol, hostname, port, path, method, headers, body }) => ({
      url: [method, protocol, hostname, port, path],
      headers: { ...headers, authorization: undefined, 'x-amz-date': undefined },
      scope: /Credential=([^,]+)/.exec(headers['authorization'] ?? '')?.[1],
      text: typeof body === 'string' ? body : new TextDecoder().decode(body),
    }));
  };
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'x', sessionToken: 'token' };
  const region = 'eu-central-1';

  it.each<[string, DynamoDBClientConfig, Record<string, string>]>([
    ['is the region', { region, credentials }, {}],
    ['is the address of the account', { region, credentials: { ...credentials, accountId: '123456789012' } }, {}],
    ['is AWS_ENDPOINT_URL', { region, credentials }, { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }],
    [
      'is AWS_ENDPOINT_URL_DYNAMODB before AWS_ENDPOINT_URL',
      { region, credentials },
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_ENDPOINT_URL_DYNAMODB: 'https://localhost:8443/path' },
    ],
    ['is a FIPS address', { region: 'us-gov-west-1', credentials, useFipsEndpoint: true }, {}],
  ])('%s, as for the SDK', async (_, config, environment) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);

    const [theirs, ours] = await handedOver(config);

    expect(ours?.url).toEqual(theirs?.url);
    expect(ours?.scope).toEqual(theirs?.scope);
    expect(ours?.text).toEqual(theirs?.text);
    expect(theirs?.headers).toMatchObject(ours?.headers ?? {});
  });
});

describe('the permission to write', () => {
  it('is asked once, when the request is signed, in the tick in which it is handed over', async () => {
    const log: string[] = [];
    const client = clientOf({
      credentials: async () => {
        log.push('credentials');
        return local.credentials;
      },
      requestHandler: {
        metadata: { handlerProtocol: 'http/1.1' },
        handle: async ({ headers }: HttpRequest) => {
          log.push(`handed over, ${headers['authorization'] ? 'signed' : 'not signed'}`);
          throw new Error('not sent');
        },
      },
    });
    const mayWrite = (): boolean => {
      log.push('asked');
      queueMicrotask(() => log.push('next tick'));
      return true;
    };

    await new SignedWire(client).send('BatchExecuteStatement', '{}', mayWrite).catch(() => undefined);

    expect(log).toEqual(['credentials', 'asked', 'handed over, signed', 'next tick']);
  });

  it('that ends while a request is signed keeps it from being sent', async () => {
    let mayWrite = true;
    const client = clientOf({
      credentials: async () => {
        mayWrite = false;
        return local.credentials;
      },
    });

    await expect(new SignedWire(client).send('BatchExecuteStatement', '{}', () => mayWrite)).rejects.toThrow(GuardClosed);
    expect(await writeBy(client, () => mayWrite)).toMatchObject([{ kind: 'throttled' }]);
    expect(sent).toEqual([]);
  });
});
