import { moment } from '../terminal/in-words.ts';

/** @param until ISO 8601 */
export function lateRequestsInWords(until: string): string {
  return `waits until ${moment(until)} (UTC): a write that was sent before got no answer, and can arrive until then`;
}
