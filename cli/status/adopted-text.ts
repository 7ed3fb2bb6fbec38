import { countOf } from '../../core/count-of.ts';
import type { AdoptedCode } from '../../core/ledger/versions/version.ts';
import { moment } from '../terminal/in-words.ts';

/** That a version was finished by other code than it was begun with. */
export function adoptedInWords({
  sequence,
  checksum,
  from,
  changed,
  run,
  at,
}: AdoptedCode & { sequence: number; checksum: string }): string {
  const code = from === checksum ? `${shortChecksum(from)} with other packages` : shortChecksum(from);
  return `v${sequence} adopted other code: ${countOf(changed, 'item was', 'items were')} written by ${code} before run ${run} went on at ${moment(at)}; what it set in \`adds\` stays`;
}

/** `1:0f3a9c21`, enough to tell checksums apart; `--json` has the complete checksum. */
export function shortChecksum(checksum: string): string {
  return checksum.replace(/^(\d+:\w{8})\w*$/, '$1');
}
