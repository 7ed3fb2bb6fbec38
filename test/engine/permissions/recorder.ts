import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assumedAccessKey } from '../../../local/security/local-sts.ts';

/** One request of a function to AWS. */
export interface Call {
  /** `transform-segment`, as the SDK says in its User-Agent by AWS_SDK_UA_APP_ID. */
  function: string;
  /** Whether it was signed in the role that transformations look things up by. */
  asReader: boolean;
  /** `dynamodb`, `states`, `sts`, `s3`, `kms`, as in the signature. */
  service: string;
  /** `PutItem`, `AssumeRole` … */
  operation: string;
  body: Record<string, unknown>;
}

export interface Recorder {
  url: string;
  calls: Call[];
  /** Answers in place of AWS, to inject a fault. */
  instead: (call: Call) => object | undefined;
  close(): Promise<void>;
}

/** A wire between the functions and local AWS, on which every request is written down with the function that made it. */
export async function startRecorder(targets: { dynamodb: string; others: string }): Promise<Recorder> {
  const recorder: Recorder = {
    url: '',
    calls: [],
    instead: () => undefined,
    close: () => new Promise((done) => server.close(() => done()).closeAllConnections()),
  };
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    const call = callOf(incoming, bytes);
    recorder.calls.push(call);
    const answer = recorder.instead(call);
    if (answer) return void outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
    const target = call.service === 'dynamodb' ? targets.dynamodb : targets.others;
    const options = { method: incoming.method ?? 'POST', path: incoming.url ?? '/', headers: incoming.headers };
    const forwarded = request(target, options, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    forwarded.end(bytes);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  recorder.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return recorder;
}

function callOf({ headers, method = '', url = '' }: IncomingMessage, bytes: Buffer): Call {
  const [, accessKey, service = ''] = /Credential=([^/]+)\/\d+\/[\w-]+\/(\w+)\/aws4_request/.exec(headers.authorization ?? '') ?? [];
  // Powertools adds itself to the name, in capitals.
  const [, app = ''] = /\bapp\/([a-z]+(?:-[a-z]+)*)/.exec(headers['user-agent'] ?? '') ?? [];
  return { function: app, asReader: accessKey === assumedAccessKey, service, ...requestOf(service, headers, `${method} ${url}`, bytes) };
}

function requestOf(service: string, headers: IncomingHttpHeaders, line: string, bytes: Buffer): Pick<Call, 'operation' | 'body'> {
  if (service === 's3') {
    const [, method = '', bucket = '', key = ''] = /^(\w+) \/([^/?]+)\/([^?]+)/.exec(line) ?? [];
    return { operation: method === 'PUT' ? 'PutObject' : method === 'GET' ? 'GetObject' : line, body: { bucket, key } };
  }
  const target = headers['x-amz-target'];
  if (target) return { operation: String(target).replace(/^.*\./, ''), body: JSON.parse(bytes.toString()) };
  const body = Object.fromEntries(new URLSearchParams(bytes.toString()));
  return { operation: String(body['Action']), body };
}
