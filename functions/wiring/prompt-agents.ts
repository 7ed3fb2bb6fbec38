import { type AgentOptions, type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

type OnConnection = (error: Error | null, socket: Duplex) => void;

/** What a connection may take, in milliseconds: as long as the SDK's own time-out. */
export const connectionTimeoutMs = 1000;

/**
 * Agents that hand a socket to a request only once it is connected, and no later than the time-out by either clock. Otherwise a request
 * that was allowed just before its process was frozen would wait on a socket that is being opened, and go out when the process
 * wakes, long after its permission to write is over: what arrived meanwhile is looked at before timers are.
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
    fail(Object.assign(new Error('The connection took too long.'), { code: 'ETIMEDOUT' }));
    socket.destroy();
  });
  return undefined;
}
