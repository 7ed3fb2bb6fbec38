import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import S3rver from '@20minutes/s3rver';
import { forward } from '../http/forward.ts';
import { gated } from '../http/gate.ts';
import { AwsChunkedDecoder } from './aws-chunked.ts';
import { guardedStore } from './guarded-store.ts';

export interface LocalS3 {
  serve(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/**
 * S3 with files in a folder, for path-style requests. s3rver accepts requests without a signature, but only one access
 * key for signed ones, so signatures are removed here; and it supports only one of the encodings of uploads, so bodies are decoded here.
 */
export async function startLocalS3(directory: string, buckets: string[]): Promise<LocalS3> {
  const configureBuckets = buckets.map((name) => ({ name, configs: [] }));
  const s3 = new S3rver({ silent: true, vhostBuckets: false, directory, configureBuckets });
  guardedStore(s3.store);
  await s3.configureBuckets();
  const server = createServer(gated(s3.callback()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const target = new URL(`http://127.0.0.1:${port}`);
  return {
    serve: (request, response) => {
      const framed = String(request.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
      const changed = { headers: unsigned(request.headers, framed), path: unsignedPath(request.url ?? '/') };
      forward(target, request, response, framed ? { ...changed, body: request.pipe(new AwsChunkedDecoder()) } : changed);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function unsigned(headers: IncomingHttpHeaders, framed: boolean): IncomingHttpHeaders {
  const { authorization, 'x-amz-content-sha256': hash, 'x-amz-trailer': trailer, ...rest } = headers;
  // Without an x-amz header, s3rver treats the request as one of a browser.
  const kept: IncomingHttpHeaders = { 'x-amz-date': '', ...rest, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
  if (!framed) return kept;
  const { 'transfer-encoding': _transfer, 'content-encoding': encoding, 'x-amz-decoded-content-length': length, ...plain } = kept;
  const encodings = (encoding ?? '').split(',').filter((name) => name.trim() !== 'aws-chunked');
  return { ...plain, 'content-length': String(length), ...(encodings.length > 0 && { 'content-encoding': encodings.join(',') }) };
}

/** Removes the signature of a presigned URL and its parameters for response headers: the answer has the headers of the object. */
function unsignedPath(path: string): string {
  const [folder = '/', query = ''] = path.split('?');
  const kept = query.split('&').filter((pair) => pair && !/^(X-Amz-|AWSAccessKeyId=|Signature=|Expires=|response-)/i.test(pair));
  return kept.length > 0 ? `${folder}?${kept.join('&')}` : folder;
}
