import { Transform, type TransformCallback } from 'node:stream';

/** Max characters of the line before a chunk: a hexadecimal size and a signature. */
const maxHeadLength = 1_000;

/**
 * Decodes a body in AWS's `aws-chunked` encoding, which SDKs use for uploads with a checksum:
 * repeated `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n`, then size 0 and trailers. Signatures and checksums are not verified.
 */
export class AwsChunkedDecoder extends Transform {
  #head = '';
  #left = 0;
  #skip = 0;
  #ended = false;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < chunk.length && !this.#ended; ) {
      if (this.#left > 0) {
        const bytes = chunk.subarray(at, at + this.#left);
        this.push(bytes);
        at += bytes.length;
        this.#left -= bytes.length;
        if (this.#left === 0) this.#skip = 2;
      } else if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at);
        at += skipped;
        this.#skip -= skipped;
      } else {
        at = this.#readHead(chunk, at);
        if (this.#head.length > maxHeadLength) return void done(new Error('The body is not encoded as aws-chunked.'));
      }
    }
    done();
  }

  /** Reads the line with the size, which may arrive in several pieces. */
  #readHead(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(0x0a, at);
    this.#head += chunk.toString('latin1', at, end === -1 ? chunk.length : end);
    if (end === -1) return chunk.length;
    this.#left = Number.parseInt(this.#head, 16);
    this.#head = '';
    this.#ended = !(this.#left > 0);
    return end + 1;
  }
}
