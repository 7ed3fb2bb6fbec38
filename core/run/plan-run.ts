import { isIrreversible, movesAway } from '../change/way-back.ts';
import { RunError } from '../errors.ts';
import { journaled } from '../journal/is-journaled.ts';
import { type Hold, inForce } from '../ledger/hold.ts';
import type { RunStep } from '../ledger/run.ts';
import { isHalfway, isInTable, type Version } from '../ledger/versions/version.ts';
import { versionList } from '../ledger/versions/version-list.ts';
import type { Transformation } from '../transformation/contract.ts';
import { refuseUnfilled } from '../transformation/refuse-unfilled.ts';
import { exportsNoPrepare, missingFile, outOfOrder } from './file-warnings.ts';
import { fileRefusal, halfAppliedWithoutFile, nextSequence } from './refuse-file.ts';
import { type RunInput, refuseContradictions } from './run-input.ts';
import { type JournalTime, journalMissing, journalProblem, stepByJournal } from './undo-by-journal.ts';

/** A transformation file as it is deployed. */
export interface Deployed {
  /** `Users/v3_split_name.ts` */
  file: string;
  checksum: string;
  formerChecksums?: readonly string[] | undefined;
  bundleChecksum?: string | undefined;
  packages?: readonly string[] | undefined;
  transformation: Transformation;
  /** It is not what is deployed, but what the ledger keeps. */
  kept?: true | undefined;
}

/**
 * Which sequences a run takes, in their order; empty if there is nothing to do.
 *
 * @param hold of the table: its versions are taken only if the input names one
 * @param deployed with `keptCode`, what the ledger keeps stands in the place of the files of those versions that are to be taken with it
 * @throws RunError InvalidInput, InvalidTransformation, OutOfOrder, ChecksumMismatch, SequenceTaken, HalfApplied,
 *   MissingTransformation, Irreversible, JournalMissing
 */
export function planRun(
  input: RunInput,
  deployed: readonly Deployed[],
  versions: readonly Version[],
  hold?: Hold,
  journalTime: JournalTime = { now: 0, retentionDays: undefined },
): RunStep[] {
  const files = new Map(deployed.map((file) => [file.transformation.sequence, file]));
  const ledger = new Map(versions.map((version) => [version.sequence, version]));
  refuseContradictions(input);
  if (input.direction === 'down') return planDown(input, files, versions, journalTime);
  refuseOtherFiles(files, versions);

  const { table, to, again, prepareOnly, keptCode } = input;
  if (keptCode) return planKept(input, deployed);
  for (const asked of [to, again]) if (asked !== undefined && !files.has(asked)) throw noSuchVersion(table, asked, files);
  if (prepareOnly && to !== undefined) return [preparingStep(files.get(to), to, input)];
  if (again !== undefined) return [stepOf(files.get(again), again, input)];
  const highestAsked = to ?? (inForce(hold)?.below ?? Infinity) - 1;
  if (!prepareOnly) refuseHalfwayWithoutFile(files, versions, highestAsked);
  const pending = [...files.keys()]
    .filter((sequence) => ledger.get(sequence)?.status !== 'applied' && sequence <= highestAsked)
    .sort(ascending);
  const highest = Math.max(0, ...versions.filter(({ status }) => status === 'applied').map(({ sequence }) => sequence));
  const late = pending.filter((sequence) => sequence < highest);
  if (late.length > 0) throw outOfOrder(table, late, highest);
  for (const sequence of pending) {
    const file = files.get(sequence);
    if (file) refuseUnfilled(file);
  }
  const steps = pending.map((sequence) => stepOf(files.get(sequence), sequence, input));
  return prepareOnly ? steps.filter(({ prepares }) => prepares) : steps;
}

/** The half-way versions only: every other one is taken with its file. */
function planKept(input: RunInput, deployed: readonly Deployed[]): RunStep[] {
  const { table } = input;
  const kept = deployed.filter((file) => file.kept).sort((a, b) => ascending(a.transformation.sequence, b.transformation.sequence));
  if (kept.length === 0)
    throw new RunError(
      'InvalidInput',
      `No version of ${table} is half-way, so there is none to finish with kept code. \`dynamodt status ${table}\` shows what is applied; \`dynamodt up ${table}\` applies pending versions.`,
      { fields: { table } },
    );
  return kept.map((file) => stepOf(file, file.transformation.sequence, input));
}

/** The versions that a run takes down, the highest first. */
export function chosenDown({ to }: Pick<RunInput, 'to'>, versions: readonly Version[]): Version[] {
  const inTable = versions.filter(isInTable).sort((a, b) => b.sequence - a.sequence);
  return to === undefined ? inTable.slice(0, 1) : inTable.filter(({ sequence }) => sequence > to);
}

/**
 * How each version is taken back:
 *
 * 1. By its journal, if that is asked for (`exact`).
 * 2. By its function, if its file has one or one can be derived.
 * 3. By its journal, if that is complete. It needs no file, and no code is compared.
 */
function planDown(input: RunInput, files: ReadonlyMap<number, Deployed>, versions: readonly Version[], time: JournalTime): RunStep[] {
  const chosen = chosenDown(input, versions).map((version) => ({
    version,
    ...wayBackOf(version, files.get(version.sequence), input, time),
  }));
  const undone = chosen.filter(({ byJournal }) => byJournal).map(({ version }) => version.sequence);
  refuseOtherFiles(
    files,
    versions.filter(({ sequence }) => !undone.includes(sequence)),
  );
  return chosen.map(({ version, byJournal, problem }) => {
    const { sequence } = version;
    if (version.squashed) throw isSquashed(input.table, sequence);
    if (byJournal && input.dryRun) throw dryByJournal(version);
    if (byJournal) return stepByJournal(version);
    if (input.exact && problem !== undefined) throw journalMissing(version, problem);
    const file = files.get(sequence);
    if (!file) throw isHalfway(version) ? halfAppliedWithoutFile(version) : missingFile(input.table, version);
    if (isIrreversible(file.transformation)) throw irreversible(file, input.table, problem);
    return stepOf(file, sequence, input);
  });
}

function wayBackOf(version: Version, file: Deployed | undefined, { exact }: RunInput, time: JournalTime) {
  const problem = journalProblem(version, time);
  const isOther = file && !file.kept && isHalfway(version) && fileRefusal(version, file, 0) !== undefined;
  const hasFunction = file !== undefined && !isOther && !isIrreversible(file.transformation);
  return { problem, byJournal: problem === undefined && (exact || !hasFunction) };
}

function dryByJournal({ table, sequence, file }: Version): RunError {
  return new RunError(
    'InvalidInput',
    `${table} v${sequence} is taken back by its journal, which cannot be tried: only the writes tell what is still as the run left it. Leave out dryRun; \`dynamodt changes ${table} --sequence ${sequence}\` shows what would go back.`,
    { fields: { table, sequence, file } },
  );
}

/** @param noJournal why it cannot be taken back by its journal, either */
function irreversible({ file, transformation }: Deployed, table: string, noJournal = 'it has none'): RunError {
  const { sequence, declared } = transformation;
  return new RunError(
    'Irreversible',
    movesAway(declared)
      ? `${table} v${sequence} may move items to another table, of which this run would scan nothing, so it cannot be undone by its function; nor by a journal: ${noJournal}. Move them back by a version of that table, or restore the tables from point-in-time recovery or a backup.`
      : `${table} v${sequence} has no transformDown and does more than add attributes, so it cannot be undone by its function; nor by a journal: ${noJournal}. Add a transformDown to ${file}, or restore the table from point-in-time recovery or a backup.`,
    { fields: { table, sequence, file } },
  );
}

/** It is the lowest version to which a run can go back. */
function isSquashed(table: string, sequence: number): RunError {
  return new RunError(
    'Irreversible',
    `${table} v${sequence} is squashed: its file is needed no longer, so no run takes it or a version below it back. Go back to \`--to ${sequence}\` at the lowest, or restore the table from point-in-time recovery or a backup.`,
    { fields: { table, sequence } },
  );
}

function stepOf(file: Deployed | undefined, sequence: number, input: RunInput): RunStep {
  if (!file) throw missingFile(input.table, { sequence });
  const { checksum, bundleChecksum, packages, transformation, kept } = file;
  const exported = {
    prepares: transformation.prepare !== undefined,
    seeds: transformation.seed !== undefined,
    ...journaled(transformation, input),
  };
  return { sequence, checksum, bundleChecksum, packages, file: file.file, ...exported, ...(kept ? { kept } : {}) };
}

function preparingStep(file: Deployed | undefined, sequence: number, input: RunInput): RunStep {
  const step = stepOf(file, sequence, input);
  if (!step.prepares) throw exportsNoPrepare(file?.file, input.table, sequence);
  return step;
}

function refuseOtherFiles(files: ReadonlyMap<number, Deployed>, versions: readonly Version[]): void {
  const next = nextSequence(
    [...files.values()].map(({ transformation }) => transformation),
    versions,
  );
  for (const version of versions) {
    const file = files.get(version.sequence);
    const refusal = file && !file.kept && fileRefusal(version, file, next);
    if (refusal) throw refusal;
  }
}

/** A later version would be applied over items of two shapes, and the half-way one could never be taken back. */
function refuseHalfwayWithoutFile(files: ReadonlyMap<number, Deployed>, versions: readonly Version[], to: number): void {
  const abandoned = versions.find((version) => isHalfway(version) && version.sequence <= to && !files.has(version.sequence));
  if (abandoned) throw halfAppliedWithoutFile(abandoned);
}

function noSuchVersion(table: string, sequence: number, files: ReadonlyMap<number, Deployed>): RunError {
  return new RunError(
    'InvalidInput',
    `There is no ${table} v${sequence}. Deployed versions: ${versionList([...files.keys()].sort(ascending)) || 'none'}.`,
    { fields: { table, sequence } },
  );
}

function ascending(a: number, b: number): number {
  return a - b;
}
