import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { connectionTimeoutMs, PromptHttpAgent } from '../../../functions/wiring/clients/prompt-agents.ts';

let received = 0;
const server = createServer((_, answer) => {
  received++;
  answer.end('ok');
});
beforeEach(async () => {
  received = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Sends, and is then frozen, as a process is: nothing in it goes on, but the kernel opens the connection meanwhile. */
async function sendAndFreeze(agent: Agent, milliseconds: number): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, host: '127.0.0.1', agent, method: 'POST' });
  const answered = new Promise<string>((resolve) => {
    sent.on('response', (answer) => answer.resume().on('end', () => resolve('answered')));
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
  });
  sent.end('write');
  const wakesAt = performance.now() + milliseconds;
  while (performance.now() < wakesAt);
  const outcome = await answered;
  agent.destroy();
  return outcome;
}

it('sends nothing on a socket that was opened while the process was frozen', async () => {
  expect(await sendAndFreeze(new PromptHttpAgent({ maxSockets: 64 }), connectionTimeoutMs + 100)).toBe('ETIMEDOUT');
  expect(received).toBe(0);
});

it('would send it late without', async () => {
  expect(await sendAndFreeze(new Agent({ keepAlive: true }), connectionTimeoutMs + 100)).toBe('answered');
  expect(received).toBe(1);
});

it('sends at once where nothing was frozen, and uses the socket again', async () => {
  const agent = new PromptHttpAgent({ maxSockets: 64 });
  const { port } = server.address() as AddressInfo;
  const connections = new Set<unknown>();
  server.on('connection', (socket) => connections.add(socket));
  for (let n = 0; n < 3; n++) {
    const sent = request({ port, host: '127.0.0.1', agent }).end();
    const [answer] = await once(sent, 'response');
    answer.resume();
    await once(answer, 'end');
  }

  expect(received).toBe(3);
  expect(connections.size).toBe(1);
  agent.destroy();
});

it('reports a connection that is refused', async () => {
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const agent = new PromptHttpAgent({});
  const sent = request({ port, host: '127.0.0.1', agent }).end();

  await expect(once(sent, 'response')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  server.listen(0);
  await once(server, 'listening');
});

it('gives up a connection that does not come about, and knows that nothing was sent', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { port } = server.address() as AddressInfo;
  let asked = 0;
  const lookup = (): void => {
    asked++;
  };
  const sent = request({ port, host: 'nobody.answers', agent: new PromptHttpAgent({ lookup } as object) });
  const failed = once(sent, 'error');
  sent.end('write');

  vi.advanceTimersByTime(connectionTimeoutMs);

  await expect(failed).resolves.toMatchObject([{ code: 'ETIMEDOUT', syscall: 'connect' }]);
  expect(asked).toBe(1);
  expect(received).toBe(0);
});
