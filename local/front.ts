import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lambdaPath } from './functions/lambda-api.ts';
import { forward } from './http/forward.ts';
import { type Actions, serveJsonApi } from './http/json-api.ts';
import { isForSts, serveSts } from './security/local-sts.ts';

/** The services behind the one port. */
export interface Services {
  dynamodb: URL;
  stepFunctions: Actions;
  kms: Actions;
  lambda: (request: IncomingMessage, response: ServerResponse) => void;
  s3: (request: IncomingMessage, response: ServerResponse) => void;
}

export interface Front {
  url: string;
  /** Services are named once they run: the address is needed to start some of them. */
  serve(services: Services): void;
  close(): Promise<void>;
}

/**
 * Opens the one port of local AWS.
 *
 * @throws PortInUse: when another program listens on the port.
 */
export async function openFront(port: number): Promise<Front> {
  let services: Services | undefined;
  const server = createServer((request, response) => {
    if (services) return route(services, request, response);
    response.writeHead(503).end();
  });
  // Above the keep-alive of SDK clients, so that they, not we, close idle connections.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
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

function route(services: Services, request: IncomingMessage, response: ServerResponse): void {
  const target = String(request.headers['x-amz-target'] ?? '');
  if (target.startsWith('DynamoDB')) forward(services.dynamodb, request, response);
  else if (target.startsWith('AWSStepFunctions.')) serveJsonApi(services.stepFunctions, request, response);
  else if (target.startsWith('TrentService.')) serveJsonApi(services.kms, request, response);
  else if (isForSts(request)) void serveSts(request, response);
  else if (request.url?.startsWith(lambdaPath)) services.lambda(request, response);
  else services.s3(request, response);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? new PortInUse(port) : error));
    server.listen(port, '127.0.0.1', resolve);
  });
}

/** Another program listens on the port that was asked for. */
export class PortInUse extends Error {
  override readonly name = 'PortInUse';
  constructor(port: number) {
    super(
      `Local AWS cannot listen on 127.0.0.1:${port}, since another program does: stop that one, or choose a port with --port (0 picks a free one).`,
    );
  }
}
