import { defaultFollowLeaseMs } from '../../ledger/follow.ts';
import type { Lock } from '../../ledger/lock.ts';
import { takesTable } from '../../ledger/run.ts';
import type { Version } from '../../ledger/versions/version.ts';
import type { LedgerReads } from '../records/ledger-port.ts';
import type { RunInput } from '../run-input.ts';
import type { StartedTable, StartRunPorts } from './start-ports.ts';

/** A follower that was not seen for longer is gone: it says every minute that it is there, if there is anything to follow. */
const maxUnseenMs = 3_600_000;

/**
 * The lease of the table's follower, in milliseconds; undefined if no write of a follower can come. A table that is followed no longer since the last run
 * can still have one for a while.
 */
export async function followerOf(
  input: RunInput,
  { follows }: Pick<StartedTable, 'follows'>,
  lock: Lock | undefined,
  { ledger, clock, followLeaseMs = defaultFollowLeaseMs }: Pick<StartRunPorts, 'ledger' | 'clock' | 'followLeaseMs'>,
): Promise<number | undefined> {
  if (!takesTable(input) || !(follows || lock?.followed)) return undefined;
  const follower = await ledger.follower(input.table);
  if (!follows && (!follower || clock.wall() - Date.parse(follower.seenAt) > maxUnseenMs)) return undefined;
  return Math.max(follower?.leaseMs ?? 0, followLeaseMs);
}

/**
 * What the follower changed for a version is in no journal. That the table is not followed any more changes nothing about it. A version that was
 * taken back since has a journal that begins later.
 */
export async function withoutWholeJournals(
  versions: readonly Version[],
  ledger: Pick<LedgerReads, 'followedVersions'>,
  { table, direction }: Pick<RunInput, 'table' | 'direction'>,
): Promise<Version[]> {
  if (direction === 'up' || !versions.some(({ journals }) => journals)) return [...versions];
  const followed = await ledger.followedVersions(table);
  return versions.map((version) => {
    const [journal] = version.journals ?? [];
    const isChanged = ({ sequence, changed, lastAt }: (typeof followed)[number]): boolean =>
      sequence === version.sequence && changed > 0 && !(journal && Date.parse(lastAt) < Date.parse(journal.at));
    return version.journals && followed.some(isChanged) ? { ...version, hasUnjournaled: true } : version;
  });
}
