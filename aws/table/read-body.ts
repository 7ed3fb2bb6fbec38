import type { Readable } from 'node:stream';
import { WireError } from './wire.ts';

/** Far above DynamoDB's largest answer, which is 25 items of 400 KB returned by failed conditions. */
const maxBytes = 128 * 1024 * 1024;
/** Max milliseconds between two parts of an answer, unless the reader says otherwise. */
const defaultSilenceMs = 5000;

/**
 * Reads a body to its end.
 *
 * @throws WireError UnreadableAnswer: when the body is too large
 * @throws WireError TimeoutError: when no data arrives for too long
 * @throws Error: when the connection breaks; the network's own error
 */
export function readBody(body: Readable, maxSilenceMs = defaultSilenceMs): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const silence = setTimeout(() => body.destroy(new WireError('TimeoutError', undefined)), maxSilenceMs);
    body.on('data', (chunk: Buffer) => {
      length += chunk.length;
      silence.refresh();
      if (length > maxBytes) body.destroy(new WireError('UnreadableAnswer', undefined));
      else chunks.push(chunk);
    });
    body.once('end', () => {
      clearTimeout(silence);
      resolve((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)).toString());
    });
    body.once('error', (error) => {
      clearTimeout(silence);
      reject(error);
    });
  });
}
