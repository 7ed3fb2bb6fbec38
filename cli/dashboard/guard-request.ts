import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What a request of the page says of itself. */
export interface AskedRequest {
  method: string | undefined;
  /** With the token. */
  url: string | undefined;
  headers: IncomingHttpHeaders;
}

/** A request that may be answered: its path below the token, or why not. */
export type Guarded = { path: string; query: URLSearchParams } | { status: number; why: string };

/**
 * Lets only the page that was opened with its token ask for anything:
 *
 * 1. `Host` is the address of this server. A name of somebody else that was made to lead to this machine (DNS rebinding) is refused.
 * 2. The path begins with the token. It is compared in constant time, and no answer says how much of it was right.
 * 3. If the browser says which site asks (`Sec-Fetch-Site`, `Origin`), it is this one; a page of another site, or of another port, is refused.
 * 4. A POST has an `Origin`, JSON, and a header that a form of another site cannot send.
 */
export function guardRequest({ method, url = '', headers }: AskedRequest, { token, port }: { token: string; port: number }): Guarded {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host } = headers;
  if (host === undefined || !hosts.includes(host)) return { status: 421, why: 'This server answers only at its own address.' };
  if (!URL.canParse(url, `http://${host}`)) return { status: 404, why: noToken };
  const { pathname, searchParams } = new URL(url, `http://${host}`);
  const [, given = '', ...rest] = pathname.split('/');
  if (!isEqual(given, token)) return { status: 404, why: noToken };
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead && method !== 'POST') return { status: 405, why: 'Only GET and POST are known.' };
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const isForeign = origin !== undefined && origin !== `http://${host}`;
  if (isForeign || (site !== undefined && site !== 'same-origin' && !(isRead && site === 'none')))
    return { status: 403, why: 'Another site may not ask this server.' };
  if (!isRead) {
    if (origin === undefined || headers[actionHeader] !== '1')
      return { status: 403, why: 'Only the page of this server may ask for that.' };
    if (headers['content-type'] !== 'application/json') return { status: 415, why: 'Only JSON is read.' };
  }
  return { path: rest.join('/'), query: searchParams };
}

const noToken = 'Open the address that `dynamodt dashboard` printed, with its token.';

/** Sent by the page's own script. Another site cannot send it without asking this server first, which is refused. */
export const actionHeader = 'x-dynamodt-action';

function isEqual(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
