import { RunError } from '../../errors.ts';
import type { Version } from '../../ledger/versions/version.ts';

/** Pending sequences of which the ledger knows nothing: the only ones that a predecessor can have run. */
export function unknownToLedger(pending: readonly number[], versions: readonly Version[]): number[] {
  return pending.filter((sequence) => !versions.some((version) => version.sequence === sequence));
}

/** @param executed by dynamo-data-transform @throws RunError NotBaselined if it ran a pending version of which the ledger knows nothing */
export function refuseUnbaselined(
  table: string,
  pending: readonly number[],
  versions: readonly Version[],
  executed: readonly number[],
): void {
  const both = unknownToLedger(pending, versions).filter((sequence) => executed.includes(sequence));
  if (both.length > 0)
    throw new RunError(
      'NotBaselined',
      `dynamo-data-transform has recorded in the table that it ran ${table} ${both.map((sequence) => `v${sequence}`).join(', ')}, and the ledger does not know that, so a run would apply ${both.length === 1 ? 'it' : 'them'} again. Mark what the table has as applied with \`dynamodt baseline ${table} --from-predecessor\`, then start again. Nothing was written.`,
      { fields: { table, sequence: both[0] } },
    );
}
