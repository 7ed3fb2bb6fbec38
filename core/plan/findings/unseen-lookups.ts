import { versionList } from '../../ledger/versions/version-list.ts';
import { isLoaded } from '../local-file.ts';
import type { Finding } from '../table-plan.ts';
import type { PendingTrial } from '../try-pending.ts';

/** What functions looked up in the table of their file while they were tried. */
export interface NotedLookups {
  /** Whether functions of a version have read the table by `documentClient`, or an index of it: what is not shown as earlier versions will make it. */
  looksUpItself(sequence: number): boolean;
  /** Whether look-ups of a version in the table can lack items that earlier versions will insert: they found no item for a key, or asked for a partition. */
  looksForMore?: (sequence: number) => boolean;
}

/**
 * Look-ups read the table as it is, in which nothing is written yet.
 *
 * @param isComplete if all items were tried, so that look-ups were shown all that versions insert
 */
export function unseenLookups(
  trials: readonly PendingTrial[],
  isComplete: boolean,
  { looksUpItself, looksForMore = () => false }: NotedLookups,
): Finding[] {
  return trials.flatMap(({ file: { sequence } }, index) => {
    const inserting = trials.slice(0, index).filter(mayInsert);
    if (inserting.length > 0 && !isComplete && looksForMore(sequence) && !looksUpItself(sequence)) {
      const inserters = inserting.map(({ file }) => file.sequence);
      return [
        {
          name: 'LookupsUnseen',
          message: `Its functions look for items of this table that ${versionList(inserters)} may insert, and a plan writes nothing: the answers had what ${inserters.length === 1 ? 'it inserts' : 'they insert'} for the sampled items, and not for others. A run may do something else. To see it, take the table up to v${inserters.at(-1)} first, and plan again.`,
          sequence,
        },
      ];
    }
    const before = trials
      .slice(0, index)
      .filter((made) => mayInsert(made) || (made.trial && made.trial.counters.changed + made.trial.counters.inserted > 0))
      .map(({ file }) => file.sequence);
    if (before.length === 0 || !looksUpItself(sequence)) return [];
    return [
      {
        name: 'LookupsUnseen',
        message: `Its functions read this table by documentClient or by an index, and a plan writes nothing: they were given the items as they are, not as ${versionList(before)} will make them. A run may do something else. To see it, take the table up to v${before.at(-1)} first, and plan again.`,
        sequence,
      },
    ];
  });
}

/** Also if it inserts nothing for the sampled items. */
function mayInsert({ file }: PendingTrial): boolean {
  return isLoaded(file) && (file.transformation.declared.inserts || file.transformation.seed !== undefined);
}
