import type { Readable } from 'node:stream';
import { WireError } from './wire.ts';

/** Far above the largest answer of DynamoDB: 25 items of 400 KB that failed conditions return. */
const maxBytes = 128 * 1024 * 1024;
/** Between two pieces of an answer that has begun. */
const maxSilenceMs = 5000;

/** Reads a body to its end. @throws WireError UnreadableAnswer, TimeoutError; the network's own errors where the connection broke */
export function readBody(body: Readable): Promise<string> {
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
