import { ApiError } from '../../http/api-error.ts';
import type { Request } from '../../http/json-api.ts';

/** One page of a list: `maxResults` (default 100) items, from the offset in `nextToken`. */
export function page<Item>(items: Item[], request: Request, max = 1000): { page: Item[]; nextToken?: string } {
  const size = Math.min(Number(request['maxResults']) || 100, max);
  const start = offsetOf(request['nextToken']);
  const next = start + size;
  return { page: items.slice(start, next), ...(next < items.length && { nextToken: Buffer.from(`offset ${next}`).toString('base64') }) };
}

function offsetOf(token: Request[string] | undefined): number {
  if (token === undefined || token === null) return 0;
  const [, offset] = /^offset (\d+)$/.exec(Buffer.from(String(token), 'base64').toString()) ?? [];
  if (offset === undefined) throw new ApiError('InvalidToken', `Invalid Token: '${token}'`);
  return Number(offset);
}
