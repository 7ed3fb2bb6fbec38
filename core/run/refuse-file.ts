import { RunError } from '../errors.ts';
import { isHalfway, type Version } from '../ledger/versions/version.ts';
import { isSameSource, type PublishedFile } from '../transformation/catalog.ts';

type DeployedFile = Pick<PublishedFile, 'file' | 'checksum' | 'formerChecksums'>;
/** What the ledger knows of the file with which a version was begun. */
type BegunWith = Pick<Version, 'table' | 'sequence' | 'file' | 'run'>;

/**
 * Why a run, in either direction, must not take a version with the file that is deployed; undefined if it may.
 *
 * | in the ledger | the same code | other code, the same name | other code, another name |
 * |---|---|---|---|
 * | nothing, rolledBack | goes on | goes on | goes on: the number is free |
 * | applying, rollingBack | goes on | goes on: the file was mended | HalfApplied |
 * | applied | goes on | ChecksumMismatch | SequenceTaken |
 *
 * @param next the lowest number above all that are used
 */
export function fileRefusal(version: Version, deployed: DeployedFile, next: number): RunError | undefined {
  if (version.status === 'rolledBack' || isSameSource(deployed, version.checksum)) return undefined;
  const isOther = isOtherName(version.file, deployed.file);
  if (isHalfway(version)) return isOther ? halfAppliedByAnother(version, deployed.file) : undefined;
  return isOther ? sequenceTaken(version, deployed.file, next) : checksumMismatch(deployed.file, deployed.checksum, version);
}

/** True if a file has another name than the one in the ledger, but for its ending: it may have become TypeScript. */
export function isOtherName(known: string | undefined, deployed: string | undefined): boolean {
  return known !== undefined && deployed !== undefined && nameOf(known) !== nameOf(deployed);
}

/** The lowest number above all that a table's files and its versions in the ledger use. */
export function nextSequence(...used: readonly (readonly { sequence: number }[])[]): number {
  return Math.max(0, ...used.flat().map(({ sequence }) => sequence)) + 1;
}

/** Of a version that a run began with another file than the one that is deployed. */
export function halfAppliedByAnother({ table, sequence, file, run }: BegunWith, deployed: string): RunError {
  return new RunError(
    'HalfApplied',
    `${table} v${sequence} is half-way: run ${run} began it with ${file} and did not end it, so some items have its shape, and the deployed v${sequence} is another file, ${deployed}. Finish it with the code that began it, which the ledger keeps: \`dynamodt up ${table} --kept-code\`; then give ${deployed} another number. Or take it back: \`dynamodt down ${table} --kept-code\`; then \`dynamodt up ${table}\` applies ${deployed}. If it is the same transformation, renamed and changed, give it back the name ${file}.`,
    { fields: { table, sequence, file: deployed, run } },
  );
}

/** Of a version that a run began with a file that is not deployed any more. */
export function halfAppliedWithoutFile({ table, sequence, file, run }: BegunWith): RunError {
  return new RunError(
    'HalfApplied',
    `${table} v${sequence} is half-way: run ${run} began it and did not end it, so some items have its shape, and its file is not deployed. Finish it with the code that began it, which the ledger keeps: \`dynamodt up ${table} --kept-code\`. Or take it back: \`dynamodt down ${table} --kept-code\`. Or deploy ${file ?? `transformations/${table}/v${sequence}*.ts`} again, from version control.`,
    { fields: { table, sequence, file, run } },
  );
}

/** Flyway's rule: what was applied must stay what it was. */
function checksumMismatch(file: string, deployed: string, { table, sequence, checksum }: Version): RunError {
  return new RunError(
    'ChecksumMismatch',
    `${file} is not what was applied as ${table} v${sequence}: the ledger has checksum ${checksum}, the file has ${deployed}. Restore the file and put the change into a new version, or accept it deliberately with \`dynamodt repair ${table} --sequence ${sequence}\`.`,
    { fields: { table, sequence, file } },
  );
}

export function sequenceTaken({ table, sequence, file, run, at }: Version, deployed: string, next: number): RunError {
  return new RunError(
    'SequenceTaken',
    `The number ${sequence} of ${deployed} is taken: ${table} v${sequence} was applied from ${file} (run ${run}, ${at}), so ${deployed} would never run. Give it the number ${next}, and deploy it together with ${file}. If it is the same transformation, renamed and changed, give it back the name ${file} and accept the change with \`dynamodt repair ${table} --sequence ${sequence}\`.`,
    { fields: { table, sequence, file: deployed, run } },
  );
}

/** `v3_split_name` of `Users/v3_split_name.ts` */
function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.\w+$/, '');
}
