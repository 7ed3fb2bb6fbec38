import { isOtherName, nextSequence } from '../run/refuse-file.ts';
import type { CatalogFile } from '../transformation/catalog.ts';
import type { Finding } from './table-plan.ts';

type NamedFile = Pick<CatalogFile, 'file' | 'sequence' | 'checksum'>;

/**
 * What merging these files into another branch would break in stages that have applied the files of that branch.
 *
 * @param ref the name of that branch, for messages
 * @param squashed versions that have no file here, because all stages have applied them
 */
export function againstFiles(
  here: readonly NamedFile[],
  there: readonly NamedFile[],
  ref: string,
  squashed: readonly number[] = [],
): { problems: Finding[]; notes: Finding[] } {
  const problems: Finding[] = [];
  const notes: Finding[] = [];
  const next = nextSequence(here, there);
  const highest = nextSequence(there) - 1;
  for (const { file, sequence, checksum } of here) {
    const same = there.find((other) => other.sequence === sequence);
    if (!same && sequence < highest)
      problems.push({
        name: 'OutOfOrder',
        message: `${file} is not in ${ref}, and ${ref} has v${highest} already. Where that is applied, a run refuses a lower number. Give the file the number ${next}.`,
        sequence,
      });
    if (!same || same.checksum === checksum) continue;
    if (isOtherName(same.file, file))
      problems.push({
        name: 'SequenceTaken',
        message: `The number ${sequence} of ${file} is that of ${same.file} in ${ref}. Where that is applied, ${file} would never run. Give it the number ${next}.`,
        sequence,
      });
    else
      notes.push({
        name: 'ChecksumMismatch',
        message: `${file} has other code than in ${ref}. Where it is applied, runs are refused until the change is accepted with \`dynamodt repair\`. If the change should have an effect there, put it into a new version, v${next}.`,
        sequence,
      });
  }
  for (const { file, sequence } of there.filter((other) => ![...here.map((local) => local.sequence), ...squashed].includes(other.sequence)))
    notes.push({
      name: 'MissingTransformation',
      message: `${file} is in ${ref}, and not here: either this branch is older, or it removes the file. Where the version is applied, \`down\` needs the file.`,
      sequence,
    });
  return { problems, notes };
}
