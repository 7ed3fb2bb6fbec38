import { RunError } from '../errors.ts';
import type { JournalPart, UndoPart } from '../ledger/control.ts';
import type { RunStep } from '../ledger/run.ts';
import { isHalfway, type Version } from '../ledger/version.ts';
import { codesOf } from '../ledger/version-codes.ts';
import type { LedgerReads } from './records/ledger-port.ts';

/** How long journals are kept. */
export interface JournalTime {
  /** Wall-clock milliseconds. */
  now: number;
  /** Days; undefined if it is not known, and what is gone is found when it is read. */
  retentionDays: number | undefined;
}

export const dayMs = 86_400_000;

/** Why a version cannot be taken back by its journal, as a clause; undefined if it can. */
export function journalProblem(version: Version, { now, retentionDays }: JournalTime): string | undefined {
  const { journals, hasUnjournaled } = version;
  if (!journals) return 'no run kept a journal of what it changed';
  if (hasUnjournaled) return 'not every run that changed items for it kept a journal';
  const since = sinceOf(version);
  if (since === undefined || retentionDays === undefined || now <= Date.parse(since) + retentionDays * dayMs) return undefined;
  return `its journal is older than the ${retentionDays} days for which journals are kept`;
}

/** Until when a version can be taken back by its journal, in wall-clock milliseconds; undefined if nothing was journaled. */
export function journalUntil(version: Version, retentionDays: number): number | undefined {
  const since = sinceOf(version);
  return since === undefined ? undefined : Date.parse(since) + retentionDays * dayMs;
}

/** With what is left to do. */
export function journalMissing(version: Version, problem: string): RunError {
  const { table, sequence, file } = version;
  const since = sinceOf(version);
  const before = since === undefined ? 'a moment before it was applied' : `a moment before ${since}`;
  return new RunError(
    'JournalMissing',
    `${table} v${sequence} cannot be taken back by a journal: ${problem}. Leave out --exact (\`exact\`) if the file of the version has a transformDown, or only adds. Otherwise restore the table from point-in-time recovery to a new table, as of ${before}, and copy from there what is needed.`,
    { fields: { table, sequence, file } },
  );
}

/** A version that is taken back by its journal, which needs no file. */
export function stepByJournal(version: Version): RunStep {
  const { sequence, checksum, packages, file } = version;
  const bundleChecksum = codesOf(version).findLast((code) => code.checksum === checksum)?.bundleChecksum;
  return { sequence, checksum, bundleChecksum, packages, file, prepares: false, seeds: false, by: 'journal' };
}

/**
 * The parts of a version's journal, the newest first: one for each pass that may have changed items. A version of which nothing was changed has
 * one, in which there is nothing to do.
 *
 * @throws RunError JournalMissing: when the ledger no longer knows a run that kept a journal
 */
export async function undoPartsOf(
  version: Version,
  ledger: Pick<LedgerReads, 'control' | 'checkpoints'>,
): Promise<[UndoPart, ...UndoPart[]]> {
  const parts: UndoPart[] = [];
  for (const { run, firstPass } of version.journals ?? []) {
    const control = await ledger.control(run);
    if (!control) throw journalMissing(version, `the ledger does not know run ${run} any more`);
    for (let pass = firstPass; pass <= control.pass; pass++) {
      const checkpoints = [...(await ledger.checkpoints(run, pass)).values()];
      if (checkpoints.some(({ sequence }) => sequence !== version.sequence)) break;
      // A worker that was left behind may begin a segment of the last pass just now; until the undo begins, its lease is over.
      const isOpen = pass === control.pass && control.sequence === version.sequence && isHalfway(version);
      const totalSegments = isOpen ? control.totalSegments : Math.max(0, ...checkpoints.map(({ segment }) => segment + 1));
      if (isOpen || checkpoints.some(({ journal = [] }) => journal.length > 0)) parts.unshift({ run, pass, totalSegments });
    }
  }
  const [newest, ...older] = parts;
  const { run = version.run, firstPass: pass = 1 } = version.journals?.[0] ?? {};
  return newest ? [newest, ...older] : [{ run, pass, totalSegments: 1 }];
}

/** The part that is to be taken back after one that is; undefined if that was the oldest. */
export function olderPart(parts: readonly UndoPart[], { run, pass }: JournalPart): UndoPart | undefined {
  const index = parts.findIndex((part) => part.run === run && part.pass === pass);
  return index === -1 ? undefined : parts[index + 1];
}

/**
 * Logical names of other tables that runs may have written for a version.
 *
 */
export async function tablesInJournal(version: Version, ledger: Pick<LedgerReads, 'control'>): Promise<string[]> {
  const controls = await Promise.all((version.journals ?? []).map(({ run }) => ledger.control(run)));
  return [...new Set(controls.flatMap((control) => Object.keys(control?.shape.others ?? {})))];
}

/** No object of the journal is older. */
function sinceOf({ journals = [] }: Version): string | undefined {
  return journals[0]?.at;
}
