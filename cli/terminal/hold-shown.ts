import { type Hold, heldOf, inForce } from '../../core/ledger/hold.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import type { PublishedFile } from '../../core/transformation/catalog.ts';
import { moment, versions as versionsInWords } from './in-words.ts';

/** A hold as documents show it. Fields may be added, but not changed. */
export interface HoldShown {
  /** Starts that name no version apply only versions below this one. */
  below: number;
  by: string;
  /** ISO 8601 */
  since: string;
  why?: string | undefined;
  /** Deployed versions that are held. */
  sequences: number[];
}

/** The hold of a table, unless it was released. */
export function holdShown(
  hold: Hold | undefined,
  files: readonly Pick<PublishedFile, 'sequence'>[],
  versions: readonly Version[],
): HoldShown | undefined {
  const { below, by, at, why } = inForce(hold) ?? {};
  if (below === undefined || by === undefined || at === undefined) return undefined;
  const deployed = files.map(({ sequence }) => sequence);
  return { below, by, since: at, why, sequences: heldOf(hold, deployed, versions) };
}

/** `v3 is held by user:ann since 2030-01-02 10:00:00 (only versions below 3 are applied): "…"` */
export function holdInWords(hold: HoldShown): string {
  const { below, sequences } = hold;
  const [what, are] = sequences.length > 0 ? [versionsInWords(sequences), sequences.length > 1] : [`v${below} and above`, true];
  return `${what} ${are ? 'are' : 'is'} held ${byWhom(hold, ` (only versions below ${below} are applied)`)}`;
}

/** The same for a run that took a held version: `v3 and above are held by user:ann since 2030-01-02 10:00:00: "…"` */
export function boundInWords(hold: HoldShown): string {
  return `v${hold.below} and above are held ${byWhom(hold)}`;
}

function byWhom({ by, since, why }: HoldShown, effect = ''): string {
  return `by ${by} since ${moment(since)}${effect}${why === undefined ? '' : `: "${why}"`}`;
}
