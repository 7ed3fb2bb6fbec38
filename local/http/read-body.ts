import type { IncomingMessage } from 'node:http';

/** Thrown if the body of a request is larger than its service allows. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
  constructor(maxBytes: number) {
    super(`The body of the request has more than ${maxBytes} bytes, the maximum of this service: send a smaller one.`);
  }
}

/**
 * Reads the complete body of a request. If it is too large, the rest is read and dropped.
 *
 * @throws BodyTooLarge: when it has more than `maxBytes`.
 * @throws Error ECONNRESET: when the client closes the connection before the end of the body.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new BodyTooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let bytes = 0;
  // The connection stays open for the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > maxBytes) break;
    chunks.push(chunk);
  }
  if (bytes <= maxBytes) return Buffer.concat(chunks).toString();
  request.resume();
  throw new BodyTooLarge(maxBytes);
}
