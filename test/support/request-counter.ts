import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface RequestCounter {
  url: string;
  /** Requests of each operation, such as `GetItem`, whose text contains what is counted. */
  counts: Record<string, number>;
  close(): Promise<void>;
}

/**
 * A wire between functions and DynamoDB that counts the requests that contain a text. It passes bytes on as they come, at a tenth of the processor
 * time of `startDynamoDbProxy`: for suites that send tens of thousands of requests.
 */
export async function startRequestCounter(target: string, text: string): Promise<RequestCounter> {
  const { hostname, port } = new URL(target);
  const counts: Record<string, number> = {};
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const dynamodb = connect({ host: hostname, port: Number(port), noDelay: true });
    let request: Buffer[] = [];
    client.on('data', (bytes) => {
      request.push(bytes as Buffer);
      dynamodb.write(bytes);
    });
    // A client sends its next request on a connection after the answer, so that what came before the answer is one request.
    dynamodb.on('data', (bytes) => {
      if (request.length > 0) count(Buffer.concat(request).toString());
      request = [];
      client.write(bytes);
    });
    for (const [socket, other] of [
      [client, dynamodb],
      [dynamodb, client],
    ] as const) {
      sockets.add(socket);
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
    }
  });
  const count = (request: string): void => {
    if (!request.includes(text)) return;
    const [, operation = ''] = /^x-amz-target: *\w+\.(\w+)/im.exec(request) ?? [];
    counts[operation] = (counts[operation] ?? 0) + 1;
  };
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
