import { type Agent as HttpAgent, type IncomingMessage, request as overHttp } from 'node:http';
import { type Agent as HttpsAgent, request as overHttps } from 'node:https';
import type { HttpHandlerOptions, HttpRequest, HttpResponse, RequestHandler } from '@smithy/types';

export interface PlainHandlerOptions {
  /** They limit the time in which a connection is opened. */
  httpAgent: HttpAgent;
  httpsAgent: HttpsAgent;
  /** Max milliseconds until an answer begins, unless a request says otherwise. */
  requestTimeout: number;
}

/** What the SDK calls a network error that a retry may mend. */
const networkErrors: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'];

/**
 * An HTTP handler for a client of DynamoDB, whose requests are all alike: a text that is posted, without a query, with a host and a length among
 * its headers. It hands a request to Node in the tick in which it is called. The SDK's own handler serves any request, with four timers and a dozen
 * listeners for each, which cost a worker 1.5 µs for each of 25 changes.
 */
export function plainHandler({ httpAgent, httpsAgent, requestTimeout }: PlainHandlerOptions) {
  const handle = (
    { protocol, hostname, port, method, path, headers, body }: HttpRequest,
    { requestTimeout: timeoutMs = requestTimeout }: HttpHandlerOptions = {},
  ): Promise<{ response: HttpResponse }> =>
    new Promise((resolve, reject) => {
      const isSecure = protocol === 'https:';
      const options = {
        host: hostname.replace(/^\[(.*)\]$/, '$1'),
        port,
        method,
        path,
        // As one list, Node writes them without looking at each for a meaning.
        headers: Object.entries(headers).flat(),
        agent: isSecure ? httpsAgent : httpAgent,
      };
      const sent = (isSecure ? overHttps : overHttp)(options, (answer) => {
        clearTimeout(timer);
        resolve({ response: responseOf(answer) });
      });
      const timer = setTimeout(() => sent.destroy(tooSlow(timeoutMs)), timeoutMs);
      sent.on('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        reject(networkErrors.includes(error.code) ? Object.assign(error, { name: 'TimeoutError' }) : error);
      });
      sent.end(body);
    });
  return { metadata: { handlerProtocol: 'http/1.1' }, handle } satisfies RequestHandler<HttpRequest, HttpResponse, HttpHandlerOptions>;
}

function responseOf(answer: IncomingMessage): HttpResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.headers)) headers[name] = Array.isArray(value) ? value.join(',') : (value ?? '');
  return { statusCode: answer.statusCode ?? -1, headers, body: answer };
}

function tooSlow(timeoutMs: number): Error {
  return Object.assign(new Error(`No answer within ${timeoutMs} ms.`), { code: 'ETIMEDOUT' });
}
