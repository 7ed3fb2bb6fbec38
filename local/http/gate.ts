import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';

const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

/**
 * Serves only requests of programs on this machine, and answers 403 to requests that a web page may have sent. Local AWS requires no valid
 * signature, so the loopback interface alone does not stop a page in a browser.
 *
 * 1. A browser adds `Origin` to each cross-site request that can change something. 2. Its `Host` header is the host in the page's URL, which is
 * not a loopback name in case of DNS rebinding. 3. It adds `Sec-Fetch-Site` to other requests, such as links and images. Any port is
 * allowed in `Host`, since a forwarded port differs from ours.
 */
export function gated(serve: RequestListener): RequestListener {
  return (request, response) => {
    const refusal = refusalOf(request);
    if (refusal === undefined) return serve(request, response);
    const text = `Local AWS serves programs on this machine only: ${refusal}. Send it from a program, to http://127.0.0.1.`;
    response.writeHead(403, {
      'content-type': 'application/x-amz-json-1.0',
      'x-content-type-options': 'nosniff',
      'x-amzn-errortype': 'AccessDeniedException',
      'x-amzn-requestid': randomUUID(),
      connection: 'close',
    });
    response.end(JSON.stringify({ __type: 'AccessDeniedException', message: text }));
  };
}

function refusalOf({ headers }: IncomingMessage): string | undefined {
  if (headers.origin !== undefined) return 'the request has an Origin header, as requests of web pages do';
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site !== 'none') return 'the request has a Sec-Fetch-Site header, as requests of web pages do';
  if (!loopback.test(headers.host ?? '')) return 'the Host header is not 127.0.0.1, localhost or [::1]';
  return undefined;
}
