import { RunError } from '../../errors.ts';
import { mayChange, statusAfter, type Version } from '../../ledger/versions/version.ts';
import { codesOf } from '../../ledger/versions/version-codes.ts';
import { deployedFile, type PublishedFile } from '../../transformation/catalog.ts';
import { placeOf } from '../file-warnings.ts';
import { isOtherName, nextSequence, sequenceTaken } from '../refuse-file.ts';
import type { Amendment } from './amend-versions.ts';

/** Which changed files an operator accepts. */
export interface Repair {
  table: string;
  /** As deployed. */
  files: readonly PublishedFile[];
  /** Only this one; undefined for all that differ. */
  sequence: number | undefined;
  by: string;
  /** ISO 8601 */
  now: string;
}

/**
 * Accepts that the deployed files of applied versions differ from what was applied: the ledger gets their checksums. The table is not
 * touched, so the difference must be one that leaves the outcome as it is.
 *
 * @returns empty where every applied version is as deployed; one without a file is left as it is
 * @throws RunError InvalidInput, MissingTransformation: when `sequence` is given and is not applied, or has no deployed file
 * @throws RunError SequenceTaken: when the deployed file is another one, which never ran
 * @throws RunError InvalidTransformation
 */
export function repairVersions(repair: Repair, versions: readonly Version[]): Amendment[] {
  const { files, sequence: asked, by, now } = repair;
  if (asked !== undefined) refuseAsked(asked, repair, versions);
  return versions.flatMap((before): Amendment[] => {
    if ((asked !== undefined && before.sequence !== asked) || !mayChange('repair', before.status)) return [];
    const deployed = deployedFile(files, before.sequence);
    if (!deployed || deployed.checksum === before.checksum) return [];
    const { checksum, file } = deployed;
    if (isOtherName(before.file, file)) throw sequenceTaken(before, file, nextSequence(files, versions));
    const status = statusAfter('repair', before.status);
    const codes = codesOf(before);
    return [{ before, after: { ...before, status, checksum, file, codes, repaired: { by, at: now, from: before.checksum } } }];
  });
}

function refuseAsked(asked: number, { table, files }: Repair, versions: readonly Version[]): void {
  const version = versions.find(({ sequence }) => sequence === asked);
  const status = version?.status;
  if (!mayChange('repair', status))
    throw new RunError(
      'InvalidInput',
      `${table} v${asked} is ${status ?? 'not in the ledger'}, and only an applied version can differ from its file: \`dynamodt up ${table}\` takes the file as it is. \`dynamodt status ${table}\` shows what is applied.`,
      { fields: { table, sequence: asked } },
    );
  if (!deployedFile(files, asked))
    throw new RunError(
      'MissingTransformation',
      `${table} v${asked} is applied, but its file is not deployed, so there is nothing to accept. Restore ${placeOf({ table, sequence: asked, file: version?.file })} from version control and deploy it.`,
      { fields: { table, sequence: asked } },
    );
}
