import { type IncomingHttpHeaders, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { text } from 'node:stream/consumers';

export interface HttpQuestion {
  method: string;
  headers: Readonly<Record<string, string>>;
  /** Empty for none. */
  body: string;
  /** Max milliseconds until the whole answer is there. */
  timeoutMs: number;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case. */
  headers: IncomingHttpHeaders;
  body: string;
}

/** Thrown if there is no answer: the connection fails, is cut off, or the time is over. `cause` says which. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/**
 * Sends one request and reads the whole answer, by the modules of Node that the SDK uses, too: the first `fetch` of a process loads undici,
 * which takes 60 ms of a cold start.
 *
 * @throws NoAnswer
 */
export async function httpExchange(url: URL, { method, headers, body, timeoutMs }: HttpQuestion): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await new Promise<HttpAnswer>((resolve, reject) => {
      const send = url.protocol === 'https:' ? overHttps : overHttp;
      send(url, { method, headers, signal }, (response) => {
        const { statusCode: status = 0, headers: answered } = response;
        text(response).then((whole) => resolve({ status, headers: answered, body: whole }), reject);
      })
        .on('error', reject)
        .end(body);
    });
  } catch (cause) {
    throw new NoAnswer(`No answer from ${url.host} within ${timeoutMs} ms.`, { cause });
  }
}

export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}
