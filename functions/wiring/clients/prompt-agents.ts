import { type AgentOptions, type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

type OnConnection = (error: Error | null, socket: Duplex) => void;

/** Max milliseconds to open a connection: the same as the SDK's own timeout. */
export const connectionTimeoutMs = 1000;

/**
 * Agents that give a socket to a request only after it is connected, and only within the timeout, by the wall clock and the monotonic clock. If it
 * is not connected by then, the request fails, and nothing of it was sent.
 * Otherwise a request that was permitted just before Lambda froze the process could wait for a connecting socket, and be sent when the
 * process wakes, long after its lease has ended: Node handles network events that arrived meanwhile before it runs timers.
 */
export class PromptHttpAgent extends HttpAgent {
  constructor(options: AgentOptions) {
    super({ keepAlive: true, ...options });
  }

  override createConnection(options: ClientRequestArgs, callback?: OnConnection): Duplex | null | undefined {
    return onceConnected(super.createConnection(options), 'connect', callback);
  }
}

export class PromptHttpsAgent extends HttpsAgent {
  constructor(options: AgentOptions) {
    super({ keepAlive: true, ...options });
  }

  override createConnection(options: ClientRequestArgs, callback?: OnConnection): Duplex | null | undefined {
    return onceConnected(super.createConnection(options), 'secureConnect', callback);
  }
}

function onceConnected(
  socket: Duplex | null | undefined,
  connected: string,
  callback: OnConnection | undefined,
): Duplex | null | undefined {
  if (!socket || !callback) return socket;
  const [monotonic, wall] = [performance.now(), Date.now()];
  const settle = (error: Error | null): void => {
    clearTimeout(timer);
    socket.off('error', settle);
    callback(error, socket);
  };
  const giveUp = (): void => {
    settle(Object.assign(new Error('The connection took too long.'), { code: 'ETIMEDOUT', syscall: 'connect' }));
    // What is heard of it later has nobody who waits for it.
    socket.on('error', () => {}).destroy();
  };
  const timer = setTimeout(giveUp, connectionTimeoutMs);
  socket.once('error', settle);
  socket.once(connected, () => {
    const took = Math.max(performance.now() - monotonic, Date.now() - wall);
    if (took <= connectionTimeoutMs) settle(null);
    else giveUp();
  });
  return undefined;
}
