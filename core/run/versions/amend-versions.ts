import { RunError } from '../../errors.ts';
import type { Lock } from '../../ledger/lock.ts';
import { isInTable, type Version } from '../../ledger/versions/version.ts';
import type { LedgerReads } from '../records/ledger-port.ts';
import { tableHeld } from '../take-table.ts';

/** A version's record as it is (undefined for none) and as it will be. */
export interface Amendment {
  before: Version | undefined;
  after: Version;
}

export interface AmendVersionsPorts {
  ledger: Pick<LedgerReads, 'versions' | 'lock'>;
  /** By DescribeExecution. */
  isAlive(execution: string): Promise<boolean>;
  /** Writes in one transaction. False if the lock or one of the versions changed since it was read. */
  write(table: string, amendments: readonly Amendment[], lockRead: Lock | undefined): Promise<boolean>;
}

const maxTries = 5;
/** A transaction takes 100 actions, and one of them checks the lock. */
const maxAmendments = 99;

/**
 * Changes what the ledger says of versions, without a run.
 *
 * 1. Read versions and lock. 2. Refuse while a run holds the table; one that ended does not hold it. 3. Decide.
 * 4. Write on condition that nobody took the table and nothing changed since step 1; else begin again.
 *
 * @param decide from the versions as they are; what it throws ends it before anything is written
 * @returns what was changed
 * @throws RunError TableBusy: when a run holds the table
 * @throws RunError InvalidInput: when more than 99 versions are to be changed at a time
 * @throws RunError those of `decide`
 */
export async function amendVersions(
  table: string,
  decide: (versions: readonly Version[]) => Amendment[],
  { ledger, isAlive, write }: AmendVersionsPorts,
): Promise<Amendment[]> {
  for (let tries = 0; tries < maxTries; tries++) {
    const [versions, lock] = await Promise.all([ledger.versions(table), ledger.lock(table)]);
    if (lock && lock.endedAt === undefined && (await isAlive(lock.execution)))
      throw tableHeld(table, lock, ', and what the ledger says of its versions must not change under it');
    const amendments = decide(versions);
    // A version that is taken back takes a second action, for its seeds.
    if (amendments.length + amendments.filter(isTakenBack).length > maxAmendments)
      throw new RunError(
        'InvalidInput',
        `${amendments.length} versions of ${table} are too many at a time; the most are ${maxAmendments}. Begin with fewer.`,
        { fields: { table, limit: maxAmendments, count: amendments.length } },
      );
    if (amendments.length === 0 || (await write(table, amendments, lock))) return amendments;
  }
  throw new RunError(
    'TableBusy',
    `Something else changed the versions of ${table} ${maxTries} times in a row. Look at \`dynamodt status ${table}\` and try again.`,
    { fields: { table } },
  );
}

/** True if the amendment says that the table has the version no longer: it has not its seeds, either. */
export function isTakenBack({ after }: Amendment): boolean {
  return !isInTable(after);
}
