import { RunError } from '../../errors.ts';
import { baselineRun, isHalfway, isInTable, type Version } from '../../ledger/versions/version.ts';
import { versionList } from '../../ledger/versions/version-list.ts';
import type { PublishedFile } from '../../transformation/catalog.ts';
import type { Amendment } from './amend-versions.ts';

/** Which versions an operator squashes. */
export interface Squash {
  table: string;
  /** The highest of them. */
  to: number;
  /** As deployed. */
  files: readonly PublishedFile[];
  /** Versions whose files were deleted before, as squashed.json lists them. */
  listed: readonly number[];
  by: string;
  /** Of the table; undefined if DynamoDB does not tell it. */
  tableId?: string | undefined;
  /** ISO 8601 */
  now: string;
}

/**
 * Says of applied versions that their files are needed no longer. They stay applied, and no run takes them back. If the ledger has no
 * version up to `to`, the operator says that the table has all that are listed.
 *
 * @throws RunError InvalidInput: when one of the versions is pending or half-way, or none is known
 */
export function squashVersions({ table, to, files, listed, by, tableId, now }: Squash, versions: readonly Version[]): Amendment[] {
  const known = versions.filter(({ sequence }) => sequence <= to);
  const halfway = known.filter(isHalfway).map(({ sequence }) => sequence);
  if (halfway.length > 0) throw notSquashed(table, halfway, 'half-way', to);
  const applied = known.filter(isInTable);
  const isApplied = (sequence: number) => applied.some((version) => version.sequence === sequence);
  const pending = files.map(({ sequence }) => sequence).filter((sequence) => sequence <= to && !isApplied(sequence));
  if (pending.length > 0) throw notSquashed(table, pending, 'pending', to);
  const behind = applied.length > 0 ? listed.filter((sequence) => sequence <= to && !isApplied(sequence)) : [];
  if (behind.length > 0) throw squashedAway(table, behind);
  const squashed = { by, at: now };
  if (applied.length > 0)
    return applied.filter((version) => !version.squashed).map((before) => ({ before, after: { ...before, squashed } }));
  const said = listed.filter((sequence) => sequence <= to);
  if (said.length === 0)
    throw new RunError(
      'InvalidInput',
      `No version of ${table} up to v${to} is applied, so there is nothing to squash. Nothing was changed.`,
      {
        fields: { table, sequence: to },
      },
    );
  return said.map((sequence) => ({
    before: versions.find((version) => version.sequence === sequence),
    after: { table, sequence, status: 'applied', checksum: noFile, run: baselineRun, at: now, by, tableId, squashed },
  }));
}

/** In place of a checksum: nobody here has the file. */
const noFile = 'none';

/**
 * Refuses a stage that lacks versions whose files were deleted.
 *
 * | in the ledger | rule |
 * |---|---|
 * | all listed versions applied | goes on |
 * | some of them | MissingTransformation: this stage needs the files |
 * | none of them, and later versions | goes on: the stage began after the squash |
 * | nothing, and the table is empty | goes on: a new stage |
 * | nothing, and the table has items | NotBaselined: nobody knows if they have the shape |
 *
 * @param listed sequences by squashed.json
 * @param isEmpty looks if the table has no item
 * @throws RunError MissingTransformation, NotBaselined
 */
export async function refuseSquashedAway(
  table: string,
  listed: readonly number[],
  versions: readonly Version[],
  isEmpty: () => Promise<boolean>,
): Promise<void> {
  const inTable = versions.filter(isInTable).map(({ sequence }) => sequence);
  const missing = listed.filter((sequence) => !inTable.includes(sequence));
  if (missing.length === 0) return;
  if (missing.length < listed.length) throw squashedAway(table, missing);
  if (inTable.length > 0 || (await isEmpty())) return;
  const highest = Math.max(...listed);
  throw new RunError(
    'NotBaselined',
    `The ledger knows no version of ${table}, the table has items, and the files of ${versionList(listed)} are squashed, so nobody knows if the items have the shape of v${highest}. If they have, say so with \`dynamodt squash ${table} --to ${highest}\`. If not, deploy the files from before the squash, run \`dynamodt up ${table}\`, then deploy this again. Nothing was written.`,
    { fields: { table, sequence: highest } },
  );
}

function squashedAway(table: string, missing: readonly number[]): RunError {
  return new RunError(
    'MissingTransformation',
    `${table} ${versionList(missing)} ${missing.length > 1 ? 'are' : 'is'} not applied here, and squashed: the files were deleted. Deploy them from before the squash, run \`dynamodt up ${table}\`, then deploy this again. Nothing was written.`,
    { fields: { table, sequence: missing[0] } },
  );
}

function notSquashed(table: string, sequences: readonly number[], state: 'pending' | 'half-way', to: number): RunError {
  return new RunError(
    'InvalidInput',
    `${table} ${versionList(sequences)} ${sequences.length > 1 ? 'are' : 'is'} ${state} in this stage, so the files are still needed. Run \`dynamodt up ${table} --to ${to}\` first, in every stage. Nothing was changed.`,
    { fields: { table, sequence: sequences[0] } },
  );
}
