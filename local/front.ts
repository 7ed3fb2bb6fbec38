import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lambdaPath } from './functions/lambda-api.ts';
import { forward } from './http/forward.ts';
import { gated } from './http/gate.ts';
import { type Actions, serveJsonApi } from './http/json-api.ts';
import { BodyTooLarge } from './http/read-body.ts';
import { refuseService, unservedService } from './http/unserved-service.ts';
import { isForSts, serveSts } from './security/local-sts.ts';

/** The services that share the port. */
export interface Services {
  dynamodb: URL;
  stepFunctions: Actions;
  kms: Actions;
  cloudWatch: Actions;
  eventBridge: Actions;
  lambda: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  s3: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface Front {
  url: string;
  /** Sets the services, after the port is open: starting some of them needs its address. */
  serve(services: Services): void;
  close(): Promise<void>;
}

/** Max milliseconds in which a client has to send the headers, and the complete request. The time of the answer is not limited. */
export interface ReceiveTimeouts {
  headersTimeout: number;
  requestTimeout: number;
  connectionsCheckingInterval?: number;
}

const receiveTimeouts: ReceiveTimeouts = { headersTimeout: 30_000, requestTimeout: 120_000 };

/**
 * Opens the one port of local AWS.
 *
 * @throws PortInUse: when another program listens on the port.
 */
export async function openFront(port: number, timeouts = receiveTimeouts): Promise<Front> {
  let services: Services | undefined;
  const serve = gated((request, response) => {
    if (!services) return void response.writeHead(503).end();
    route(services, request, response).catch((error) => fail(request, response, error));
  });
  // Longer than the keep-alive of SDK clients, so that the clients close idle connections, not the server.
  const server = createServer({ ...timeouts, keepAliveTimeout: 120_000 }, serve);
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (started) => {
      services = started;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function route(services: Services, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = String(request.headers['x-amz-target'] ?? '');
  if (target.startsWith('DynamoDB')) return forward(services.dynamodb, request, response);
  if (target.startsWith('AWSStepFunctions.')) return serveJsonApi({ actions: services.stepFunctions, protocol: '1.0' }, request, response);
  if (target.startsWith('TrentService.')) return serveJsonApi({ actions: services.kms, protocol: '1.1' }, request, response);
  if (target.startsWith('GraniteServiceVersion20100801.'))
    return serveJsonApi({ actions: services.cloudWatch, protocol: '1.0' }, request, response);
  if (target.startsWith('AWSEvents.')) return serveJsonApi({ actions: services.eventBridge, protocol: '1.1' }, request, response);
  if (isForSts(request)) return serveSts(request, response);
  if (request.url?.startsWith(lambdaPath)) return services.lambda(request, response);
  const unserved = unservedService(request);
  if (unserved !== undefined) return refuseService(unserved, request, response);
  return services.s3(request, response);
}

/** Handles a request; an error of a handler becomes an answer and does not end local AWS. */
function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  // The client has closed the connection.
  if (request.errored) return;
  const tooLarge = error instanceof BodyTooLarge;
  if (!tooLarge) console.error(error);
  if (response.headersSent) return void response.destroy();
  response.writeHead(tooLarge ? 413 : 500, { 'content-type': 'application/x-amz-json-1.0' });
  const message = error instanceof Error ? error.message : String(error);
  response.end(JSON.stringify({ __type: tooLarge ? 'RequestEntityTooLargeException' : 'InternalFailure', message }));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? new PortInUse(port) : error));
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** Thrown if another program listens on the requested port. */
export class PortInUse extends Error {
  override readonly name = 'PortInUse';
  constructor(port: number) {
    super(
      `Local AWS cannot listen on 127.0.0.1:${port}, since another program listens there: stop that program, or choose a port with --port (0 picks a free one).`,
    );
  }
}
