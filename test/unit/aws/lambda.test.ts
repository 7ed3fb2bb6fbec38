import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Follower } from '../../../aws/operator/follower.ts';

interface Asked {
  method: string;
  url: string;
  body: string;
}
interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: string;
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Lambda, giving these answers in turn, and then the last again. */
async function lambda(...answers: Answer[]) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push({ method: request.method ?? '', url: request.url ?? '', body });
    expect(request.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIA\/\d{8}\/eu-west-1\/lambda\/aws4_request/);
    const { status = 200, headers = {}, body: text } = answers[Math.min(asked.length, answers.length) - 1] ?? { body: '' };
    response.writeHead(status, headers).end(text);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closers.push(() => server.close().closeAllConnections());
  const follower = new Follower('shop', {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    userAgent: 'dynamodt',
    sleep: async () => {},
  });
  return { follower, asked };
}

function streamOf(table: string): string {
  return `arn:aws:dynamodb:eu-west-1:123456789012:table/${table}/stream/2026-01-01T00:00:00.000`;
}

function mapping(table: string, State: string, UUID = `id-of-${table}`) {
  return { UUID, State, EventSourceArn: streamOf(table), BatchSize: 100, LastModified: 1_767_225_600.5 };
}

function listed(...mappings: object[]): Answer {
  return { body: JSON.stringify({ EventSourceMappings: mappings }) };
}

describe('whether a table is followed now', () => {
  it.each([
    ['Enabled', 'on'],
    ['Updating', 'on'],
    ['Disabled', 'paused'],
    ['Disabling', 'changing'],
    ['Creating', 'changing'],
  ])('is told by the state %s of its mapping: %s', async (state, expected) => {
    const { follower, asked } = await lambda(listed(mapping('users-old', 'Disabled'), mapping('users', state)));

    expect(await follower.callsFor('users')).toEqual({ state: expected, changedAt: Date.parse('2026-01-01T00:00:00.500Z') });
    expect(asked).toEqual([{ method: 'GET', url: '/2015-03-31/event-source-mappings/?FunctionName=shop-follow-stream', body: '' }]);
  });

  it('is looked for on all pages, once for all tables', async () => {
    const first = { body: JSON.stringify({ EventSourceMappings: [mapping('a', 'Enabled')], NextMarker: 'a/b+c=' }) };
    const { follower, asked } = await lambda(first, listed(mapping('b', 'Disabled')));

    const found = [await follower.callsFor('a'), await follower.callsFor('b'), await follower.callsFor('c')];
    expect(found.map((calls) => calls?.state)).toEqual(['on', 'paused', undefined]);
    expect(asked.map(({ url }) => url)).toEqual([
      '/2015-03-31/event-source-mappings/?FunctionName=shop-follow-stream',
      '/2015-03-31/event-source-mappings/?FunctionName=shop-follow-stream&Marker=a%2Fb%2Bc%3D',
    ]);
  });

  it('fails by the name that Lambda gives', async () => {
    const refused = { status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException:http://internal' }, body: '{"Message":"no"}' };
    const { follower } = await lambda(refused);
    await expect(follower.callsFor('users')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('pausing and resuming', () => {
  it.each([
    [false, 'Disabling', 'changing'],
    [true, 'Enabled', 'on'],
  ] as const)('sets Enabled to %s, and tells what Lambda says', async (isOn, state, expected) => {
    const { follower, asked } = await lambda(listed(mapping('users', 'Enabled')), { body: JSON.stringify(mapping('users', state)) });

    expect(await follower.set('Users', 'users', isOn)).toBe(expected);
    expect(asked[1]).toEqual({
      method: 'PUT',
      url: '/2015-03-31/event-source-mappings/id-of-users',
      body: JSON.stringify({ Enabled: isOn }),
    });
  });

  it('says that the table is not followed if there is no mapping', async () => {
    const { follower } = await lambda(listed(mapping('others', 'Enabled')));
    await expect(follower.set('Users', 'users', false)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringMatching(/does not follow Users.*`follow: true`/),
    });
  });
});

describe('a second try of failed items', () => {
  it('calls the function, and gives what it says', async () => {
    const { follower, asked } = await lambda({ body: '{"retried":3,"mended":2,"failed":1}' });
    expect(await follower.retry('Users')).toEqual({ retried: 3, mended: 2, failed: 1 });
    expect(asked).toEqual([
      { method: 'POST', url: '/2015-03-31/functions/shop-follow-stream/invocations', body: '{"table":"Users","retry":true}' },
    ]);
  });

  it('does not quote the error of the function, and is not sent twice', async () => {
    const failed = { headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorMessage":"item u7"}' };
    const { follower, asked } = await lambda(failed);
    const error = await follower.retry('Users').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'FunctionFailed', message: expect.stringContaining('/aws/lambda/shop-follow-stream') });
    expect(String(error)).not.toContain('u7');
    const { follower: throttled, asked: once } = await lambda({
      status: 429,
      headers: { 'x-amzn-errortype': 'TooManyRequestsException' },
      body: '{}',
    });
    await expect(throttled.retry('Users')).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    expect([asked.length, once.length]).toEqual([1, 1]);
  });
});
