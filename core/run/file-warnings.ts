import { RunError, type RunErrorName } from '../errors.ts';
import { type Acknowledged, seen } from '../ledger/acknowledged.ts';
import { isHalfway, isInTable, type Version } from '../ledger/versions/version.ts';
import { versionList } from '../ledger/versions/version-list.ts';
import type { PublishedFile } from '../transformation/catalog.ts';
import { sameSequence } from '../transformation/check-exports.ts';
import { fileRefusal, halfAppliedWithoutFile, nextSequence } from './refuse-file.ts';

/** What an operator should know of files and versions that do not fit together. */
export interface FileWarning {
  /** The error by which a run would be refused; of MissingTransformation, only a run down. ValuesKept and PreparedEarly are no errors, and only of runs. */
  name: RunErrorName | 'ValuesKept' | 'PreparedEarly';
  sequence: number;
  message: string;
  /** Who has seen it, and when (ISO 8601): the commands print it no more. */
  acknowledged?: { by: string; at: string };
}

/** The warnings, with who acknowledged them. */
export function withSeen(warnings: readonly FileWarning[], acknowledged: Acknowledged | undefined): FileWarning[] {
  return warnings.map((warning) => ({ ...warning, ...seen(warning, acknowledged) }));
}

/** Where the deployed files of a table and its versions in the ledger do not fit together, in the order of sequences. */
export function fileWarnings(table: string, files: readonly PublishedFile[], versions: readonly Version[]): FileWarning[] {
  const applied = versions.filter(({ status }) => status === 'applied').map(({ sequence }) => sequence);
  const highest = Math.max(0, ...applied);
  const next = nextSequence(files, versions);
  const ofFiles = files.flatMap((published, index): FileWarning[] => {
    const { file, sequence, problem } = published;
    const warning = (name: FileWarning['name'], message: string) => [{ name, sequence, message }];
    const twin = files.slice(0, index).find((earlier) => earlier.sequence === sequence);
    if (twin) return warning('InvalidTransformation', `${file} ${sameSequence(twin.file)} and deploy; until then no run takes ${table}.`);
    if (problem) return warning('InvalidTransformation', `${file} ${problem}. Mend it and deploy it; until then no run takes ${table}.`);
    const version = versions.find((candidate) => candidate.sequence === sequence);
    const refusal = version && fileRefusal(version, published, next);
    if (refusal) return [warningOf(refusal, sequence)];
    if (!applied.includes(sequence) && sequence < highest) return warning('OutOfOrder', outOfOrder(table, [sequence], highest).message);
    return [];
  });
  const missing = versions
    .filter((version) => isInTable(version) && !version.squashed && !files.some(({ sequence }) => sequence === version.sequence))
    .map((version) => {
      const { sequence } = version;
      return warningOf(isHalfway(version) ? halfAppliedWithoutFile(version) : missingFile(table, version), sequence);
    });
  return [...ofFiles, ...missing].sort((a, b) => a.sequence - b.sequence);
}

function warningOf({ name, message }: RunError, sequence: number): FileWarning {
  return { name, sequence, message };
}

/** Where the file of a version was, as far as the ledger knows it. */
export function placeOf({ table, sequence, file }: Pick<Version, 'table' | 'sequence' | 'file'>): string {
  return `transformations/${file ?? `${table}/v${sequence}*.ts`}`;
}

export function missingFile(table: string, { sequence, file }: Pick<Version, 'sequence' | 'file'>): RunError {
  return new RunError(
    'MissingTransformation',
    `${table} v${sequence} is in the table, but its file is not deployed. Restore ${placeOf({ table, sequence, file })} from version control and deploy it, or take it back with the code that the ledger keeps: \`dynamodt down ${table} --kept-code\`.`,
    { fields: { table, sequence } },
  );
}

export function outOfOrder(table: string, late: readonly number[], highest: number): RunError {
  return new RunError(
    'OutOfOrder',
    `${table} ${versionList(late)} ${late.length > 1 ? 'are' : 'is'} pending, but v${highest} is applied already, and versions run in order. Give ${late.length > 1 ? 'them numbers' : 'it a number'} above ${highest}, or run ${late.length > 1 ? 'each' : 'it'} deliberately with \`dynamodt up ${table} --again ${late[0]}\`.`,
    { fields: { table, sequence: late[0] } },
  );
}

/** Of the version that a run is at. */
export function noLongerDeployed({ id, table }: { id: string; table: string }, sequence: number): RunError {
  return new RunError(
    'MissingTransformation',
    `The file of ${table} v${sequence} is no longer deployed. Deploy it again and redrive the execution.`,
    { fields: { table, sequence, run: id } },
  );
}

export function exportsNoPrepare(file: string | undefined, table: string, sequence: number): RunError {
  return new RunError('InvalidInput', `${file} exports no "prepare", so there is nothing to prepare for ${table} v${sequence}.`, {
    fields: { table, sequence, file },
  });
}
