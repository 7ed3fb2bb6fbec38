import { once } from 'node:events';
import { createServer, Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { HttpRequest } from '@smithy/types';
import { expect, it, onTestFinished, vi } from 'vitest';
import { plainHandler } from '../../../aws/http/plain-handler.ts';

/** A peer that answers in this way, and keeps what it was sent. */
async function peerAnswering(answer: (response: ServerResponse) => unknown) {
  const received: { request: IncomingMessage; body: string }[] = [];
  const server = createServer(async (request, response) => {
    received.push({ request, body: await text(request) });
    answer(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const posted: HttpRequest = {
    protocol: 'http:',
    hostname: '127.0.0.1',
    port,
    method: 'POST',
    path: '/',
    headers: { host: `127.0.0.1:${port}`, 'content-length': '6' },
    body: 'größ',
  };
  return { received, posted };
}

function handlerOf(requestTimeout = 4000) {
  const [httpAgent, httpsAgent] = [new HttpAgent({ keepAlive: true }), new HttpsAgent({ keepAlive: true })];
  onTestFinished(() => httpAgent.destroy());
  return plainHandler({ httpAgent, httpsAgent, requestTimeout });
}

function fakeTimers() {
  onTestFinished(() => void vi.useRealTimers());
  return vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
}

it("sends what the SDK's own handler sends, and hands back what it hands back", async () => {
  const { received, posted } = await peerAnswering((response) =>
    response.writeHead(200, { 'x-amzn-requestid': 'r1', 'set-cookie': ['a', 'b'] }).end('{"Items":[{"id":{"S":"é"}}]}'),
  );
  const given: object[] = [];
  for (const requestHandler of [{}, handlerOf()]) {
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${posted.port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      requestHandler,
    });
    const { Items, $metadata } = await client.send(new ScanCommand({ TableName: 'größer' }));
    const { response } = await client.config.requestHandler.handle(posted as never);
    given.push({
      Items,
      $metadata,
      status: response.statusCode,
      headers: { ...response.headers, date: '' },
      body: await text(response.body),
    });
    client.destroy();
  }

  const sent = received.map(({ request: { method, url, headers }, body }) => ({
    head: [method, url],
    headers: { ...headers, authorization: '', 'x-amz-date': '', 'amz-sdk-invocation-id': '' },
    body,
  }));
  expect(sent).toHaveLength(4);
  expect(sent.slice(2)).toEqual(sent.slice(0, 2));
  expect(given[1]).toEqual(given[0]);
});

it('hands a request to its agent before it returns', () => {
  let isHandedOver = false;
  class Noting extends HttpAgent {
    // Node calls it for each request.
    addRequest(): void {
      isHandedOver = true;
    }
  }
  const handler = plainHandler({ httpAgent: new Noting(), httpsAgent: new HttpsAgent(), requestTimeout: 1 });

  void handler
    .handle({ protocol: 'http:', hostname: '[::1]', method: 'POST', path: '/', query: {}, headers: {}, body: '' })
    .catch(() => {});

  expect(isHandedOver).toBe(true);
});

it.each<[string, number | undefined, number]>([
  ['of the handler', undefined, 4000],
  ['of the request', 300, 300],
])('gives up a request whose answer does not begin within the time %s, and ends its connection', async (_, requestTimeout, afterMs) => {
  const timers = fakeTimers();
  const { promise: asked, resolve: ask } = Promise.withResolvers<ServerResponse>();
  const { posted } = await peerAnswering(ask);

  const answer = handlerOf(4000).handle(posted, requestTimeout === undefined ? {} : { requestTimeout });
  const ended = once(await asked, 'close');
  timers.advanceTimersByTime(afterMs - 1);
  expect((await asked).destroyed).toBe(false);
  timers.advanceTimersByTime(1);

  await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' });
  await ended;
});

it('leaves an answer that has begun to its reader', async () => {
  const timers = fakeTimers();
  const { promise: asked, resolve: ask } = Promise.withResolvers<ServerResponse>();
  const { posted } = await peerAnswering((begun) => {
    begun.writeHead(200).write('begun');
    ask(begun);
  });

  const { response } = await handlerOf(200).handle(posted);
  timers.advanceTimersByTime(1000);
  (await asked).end(', and ended');

  expect(await text(response.body)).toBe('begun, and ended');
});

it('calls a connection that breaks by the name that the SDK gives it', async () => {
  const { posted } = await peerAnswering((response) => response.destroy());

  await expect(handlerOf().handle(posted)).rejects.toMatchObject({ name: 'TimeoutError', code: 'ECONNRESET' });
});
