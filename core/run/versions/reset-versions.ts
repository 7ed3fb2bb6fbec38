import { RunError } from '../../errors.ts';
import { isInTable, mayChange, resetRun, statusAfter, type Version } from '../../ledger/versions/version.ts';
import type { Amendment } from './amend-versions.ts';
import { isOfOtherTable } from './replaced-table.ts';

/** What an operator says of the table that has the name now. */
export interface Reset {
  table: string;
  /** Of the table that has the name now; undefined if DynamoDB does not tell it. */
  tableId: string | undefined;
  by: string;
  /** ISO 8601 */
  now: string;
}

/** The table has none of the versions: all of them are pending again, as after a run down. */
export function resetVersions(reset: Reset, versions: readonly Version[]): Amendment[] {
  return versions.filter(isInTable).map((before) => ({ before, after: takenBack(before, reset) }));
}

/** The table is another one with the same items: what the ledger says of its versions holds for it. */
export function adoptTable(reset: Reset, versions: readonly Version[]): Amendment[] {
  return versions.filter((version) => isInTable(version) && isOfOtherTable(version, reset.tableId)).map((before) => adopted(before, reset));
}

/**
 * The table was restored as it was at a moment: versions that were applied by then stay applied, and those that came later are pending.
 *
 * @param asOf ISO 8601
 * @throws RunError InvalidInput: when the ledger no longer knows what was applied at that moment
 */
export function baselineAsOf(asOf: string, reset: Reset, versions: readonly Version[]): Amendment[] {
  const { table } = reset;
  const moment = Date.parse(asOf);
  const isLater = ({ at }: Version): boolean => Date.parse(at) > moment;
  const kept = versions.filter((version) => version.status === 'applied' && !isLater(version));
  const highest = Math.max(0, ...kept.map(({ sequence }) => sequence));
  const unclear = versions.find(
    (version) => isLater(version) && (version.status === 'rolledBack' || version.status === 'rollingBack' || version.sequence < highest),
  );
  if (unclear)
    throw new RunError(
      'InvalidInput',
      `${table} v${unclear.sequence} was changed after ${asOf} (it is ${unclear.status} since ${unclear.at}), so the ledger no longer says if it was applied then. Look at \`dynamodt history ${table}\`, make all versions pending with \`dynamodt reset ${table}\`, and mark those that the table has with \`dynamodt baseline ${table} --to <n>\`. Nothing was changed.`,
      { fields: { table, sequence: unclear.sequence } },
    );
  return versions.filter(isInTable).flatMap((before): Amendment[] => {
    if (!kept.includes(before)) return [{ before, after: takenBack(before, reset) }];
    return isOfOtherTable(before, reset.tableId) ? [adopted(before, reset)] : [];
  });
}

function takenBack(before: Version, { tableId, by, now }: Reset): Version {
  const { table, sequence, checksum, file } = before;
  if (!mayChange('reset', before.status)) throw new TypeError(`a version that is ${before.status} cannot be reset`);
  return { table, sequence, checksum, file, status: statusAfter('reset', before.status), run: resetRun, at: now, by, tableId };
}

function adopted(before: Version, { tableId, by, now }: Reset): Amendment {
  return { before, after: { ...before, tableId, tableChanged: { by, at: now, from: before.tableId ?? '' } } };
}
