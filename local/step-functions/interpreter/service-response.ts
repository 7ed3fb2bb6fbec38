import { randomUUID } from 'node:crypto';
import type { Json } from '../../json.ts';

/** The metadata that an optimised integration adds to the answer of a call. */
export function serviceResponse(headers: Record<string, string>): { [field: string]: Json } {
  const id = randomUUID();
  const all = { ...headers, 'x-amzn-RequestId': id, Date: new Date().toUTCString() };
  return {
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
      HttpHeaders: all,
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: id },
  };
}
