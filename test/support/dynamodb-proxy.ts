import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request to DynamoDB on its way. */
export interface ProxiedRequest {
  /** `PutItem`, `BatchExecuteStatement` … */
  operation: string;
  body: Record<string, unknown>;
  text: string;
  /** Delivers the request once more. Its client does not see the answer. */
  deliverAgain(): Promise<void>;
}

/** What a client gets in place of DynamoDB's answer. */
export interface Answer {
  status: number;
  body: object;
}

/** The connection breaks before the answer or in the midst of it, or the answer arrives with bytes that nobody sent. */
export type Damage = 'lost' | 'cutOff' | 'garbled';

export interface DynamoDbProxy {
  url: string;
  /** Called before a request is passed on; what it awaits holds the request up, and what it returns is answered instead. */
  before: (proxied: ProxiedRequest) => Answer | undefined | Promise<Answer | undefined>;
  /** Called when a request was answered, before the answer is passed back; what it returns becomes of the answer. */
  after: (proxied: ProxiedRequest) => Damage | undefined | Promise<Damage | undefined>;
  close(): Promise<void>;
}

/** A wire between functions and DynamoDB at which tests count requests and inject faults. */
export async function startDynamoDbProxy(target: string): Promise<DynamoDbProxy> {
  const proxy: DynamoDbProxy = {
    url: '',
    before: () => {},
    after: () => {},
    close: () => new Promise((done) => server.close(() => done()).closeAllConnections()),
  };
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const operation = String(incoming.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    const deliver = (answered: (answer: IncomingMessage) => void) => {
      const forwarded = request(
        target,
        { method: incoming.method ?? 'POST', path: incoming.url ?? '/', headers: incoming.headers },
        answered,
      );
      forwarded.end(text);
      return forwarded;
    };
    const deliverAgain = (): Promise<void> =>
      new Promise((delivered, failed) => {
        deliver((answer) => answer.resume().on('end', delivered)).on('error', failed);
      });
    const proxied = { operation, text, body: text ? (JSON.parse(text) as Record<string, unknown>) : {}, deliverAgain };
    const instead = await proxy.before(proxied);
    if (instead) {
      outgoing.writeHead(instead.status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(instead.body));
      return;
    }
    deliver(async (answer) => {
      const body: Buffer[] = [];
      for await (const chunk of answer) body.push(chunk as Buffer);
      const damage = await proxy.after(proxied);
      if (damage === 'lost') return void outgoing.destroy();
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      const whole = Buffer.concat(body);
      if (damage === 'cutOff') outgoing.write(whole.subarray(0, whole.length >> 1), () => outgoing.destroy());
      else outgoing.end(damage === 'garbled' ? garbled(whole) : whole);
    }).on('error', () => outgoing.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}

/** As long as the answer was, but no JSON, and with another checksum. */
function garbled(answer: Buffer): Buffer {
  const damaged = Buffer.from(answer);
  damaged.fill('#', damaged.length >> 1);
  return damaged;
}
