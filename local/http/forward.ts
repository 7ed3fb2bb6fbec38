import { Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest, Agent as TlsAgent } from 'node:https';
import { pipeline, type Readable } from 'node:stream';

// Idle connections are closed before the other side closes them, so that no request is sent on a closed connection.
const connections = { keepAlive: true, noDelay: true, timeout: 15_000 };
const agent = new Agent(connections);
const tlsAgent = new TlsAgent(connections);

/** Forwards a request to another server, and its answer back. Both are streamed, over keep-alive connections. */
export function forward(
  target: URL,
  request: IncomingMessage,
  response: ServerResponse,
  changed: { headers?: IncomingHttpHeaders; path?: string; body?: Readable } = {},
): void {
  const secure = target.protocol === 'https:';
  const options = {
    method: request.method,
    path: changed.path ?? request.url,
    headers: { ...(changed.headers ?? request.headers), host: target.host },
    agent: secure ? tlsAgent : agent,
  };
  const onward = (secure ? httpsRequest : httpRequest)(target, options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    pipeline(answer, response, () => {});
  });
  onward.on('error', (error) => unreachable(response, target, error));
  pipeline(changed.body ?? request, onward, () => {});
  response.on('close', () => response.writableFinished || onward.destroy());
}

/** Answers with an error that SDKs retry. */
function unreachable(response: ServerResponse, target: URL, error: Error): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(500, { 'content-type': 'application/x-amz-json-1.0' });
  response.end(JSON.stringify({ __type: 'InternalServerError', message: `${target.origin} does not answer: ${error.message}` }));
}
