import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type HttpQuestion, httpExchange, NoAnswer } from '../../../aws/http/http-exchange.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serving(answer: RequestListener): Promise<URL> {
  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closers.push(() => server.close().closeAllConnections());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path?a=b`);
}

const question: HttpQuestion = { method: 'POST', headers: { 'x-asked': 'yes' }, body: '{"ä":1}', timeoutMs: 60_000 };

it('sends method, path, headers and body, and gives status, headers and the whole body', async () => {
  const url = await serving(async (request, response) => {
    const chunks = await request.toArray();
    const { method, url: path, headers } = request;
    response.writeHead(418, { 'X-Answer': 'tea' });
    response.write('{"part":1,');
    const asked = { method, path, asked: headers['x-asked'], length: headers['content-length'], body: Buffer.concat(chunks).toString() };
    setImmediate(() => response.end(`"asked":${JSON.stringify(asked)}}`));
  });

  const { status, headers, body } = await httpExchange(url, question);

  expect({ status, answer: headers['x-answer'] }).toEqual({ status: 418, answer: 'tea' });
  expect(JSON.parse(body)).toEqual({
    part: 1,
    asked: { method: 'POST', path: '/path?a=b', asked: 'yes', length: String(Buffer.byteLength(question.body)), body: question.body },
  });
});

it.each<[string, number, RequestListener]>([
  ['nothing answers in time', 50, () => {}],
  ['the body does not end in time', 50, (_, response) => void response.writeHead(200).write('begun')],
  ['the connection closes before the answer', 60_000, (request) => void request.socket.destroy()],
  [
    'the body is cut off',
    60_000,
    (_, response) => void response.writeHead(200, { 'content-length': '9' }).write('begun', () => response.destroy()),
  ],
])('gives no answer if %s', async (_, timeoutMs, answer) => {
  const url = await serving(answer);

  await expect(httpExchange(url, { ...question, timeoutMs })).rejects.toThrow(NoAnswer);
});

it('gives no answer if the connection is refused, with the cause', async () => {
  const url = await serving(() => {});
  for (const close of closers.splice(0)) close();

  await expect(httpExchange(url, question)).rejects.toMatchObject({ name: 'NoAnswer', cause: { code: 'ECONNREFUSED' } });
});
