import { type AgentOptions, type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

type OnConnection = (error: Error | null, socket: Duplex) => void;

/** Max milliseconds to open a connection: the same as the SDK's own timeout. */
export const connectionTimeoutMs = 1000;

/**
 * Agents that give a socket to a request only after it is connected, and only within the timeout, by the wall clock and the monotonic clock.
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
  const fail = (error: Error): void => callback(error, socket);
  socket.once('error', fail);
  socket.once(connected, () => {
    socket.off('error', fail);
    const took = Math.max(performance.now() - monotonic, Date.now() - wall);
    if (took <= connectionTimeoutMs) return callback(null, socket);
    fail(Object.assign(new Error('The connection took too long.'), { code: 'ETIMEDOUT', syscall: 'connect' }));
    socket.destroy();
  });
  return undefined;
}
