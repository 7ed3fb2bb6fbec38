import { createHash } from 'node:crypto';

/** The UUID of a mapping: the same one after a restart. */
export function mappingId(functionName: string, table: string): string {
  const hash = createHash('sha256').update(`${functionName}\0${table}`).digest('hex');
  return [hash.slice(0, 8), hash.slice(8, 12), `4${hash.slice(13, 16)}`, `8${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-');
}
