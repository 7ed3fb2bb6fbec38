import { RunError } from '../errors.ts';
import { daysBeyondJournal, defaultJournalRetentionDays } from '../journal/journal-retention.ts';
import { type Checkpoint, countPass, hasJournal, isAbout, journalOf } from '../ledger/checkpoint.ts';
import type { JournalPart, UndoPart } from '../ledger/control.ts';
import type { RunStep } from '../ledger/run.ts';
import type { SettledPass } from '../ledger/settled-pass.ts';
import type { JournalOfRun, Version } from '../ledger/versions/version.ts';
import { codesOf } from '../ledger/versions/version-codes.ts';
import type { LedgerReads } from './records/ledger-port.ts';

/** How long journals are kept. */
export interface JournalTime {
  /** Wall-clock milliseconds. */
  now: number;
  /** Days for which the present deployment keeps journals; undefined if it is not known: then the days that were recorded count. */
  retentionDays: number | undefined;
}

/** Said of a version without any journal. */
export const noJournalEver = 'no run kept a journal of what it changed';

const dayMs = 86_400_000;

/** Why a version cannot be taken back by its journal, as a clause; undefined if it can. */
export function journalProblem(version: Version, { now, retentionDays }: JournalTime): string | undefined {
  const { journals, hasUnjournaled } = version;
  if (!journals) return noJournalEver;
  if (hasUnjournaled) return 'not every run that changed items for it kept a journal, or the follower of the stream changed some';
  const expired = journals.find((journal) => now > expiryOf(journal, retentionDays));
  return expired && `its journal is older than the ${daysOf(expired, retentionDays)} days for which journals are kept`;
}

/** Until when a version can be taken back by its journal, in wall-clock milliseconds; undefined if nothing was journaled. */
export function journalUntil({ journals = [] }: Version, retentionDays: number | undefined): number | undefined {
  return journals.length === 0 ? undefined : Math.min(...journals.map((journal) => expiryOf(journal, retentionDays)));
}

/** Of the oldest object that may be in it, in wall-clock milliseconds. */
export function expiryOf(journal: JournalOfRun, retentionDays: number | undefined): number {
  return Date.parse(journal.at) + daysOf(journal, retentionDays) * dayMs;
}

/** Days that were added later bring nothing back: the ledger forgets the names of the objects after the days that it knew then. */
function daysOf({ days = Number.POSITIVE_INFINITY }: JournalOfRun, retentionDays = Number.POSITIVE_INFINITY): number {
  return Math.min(days, retentionDays);
}

/** With what is left to do. */
export function journalMissing(version: Pick<Version, 'table' | 'sequence' | 'file' | 'journals'>, problem: string): RunError {
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
 * Only checkpoints name the objects of a journal, and they expire. What is said of a settled pass stays, so it tells whether all of its
 * checkpoints with a journal are still there. A pass that was left may lack checkpoints only as long as none can have expired.
 *
 * @param now wall-clock milliseconds
 * @throws RunError JournalMissing: when the ledger no longer knows a run that kept a journal, or the names of objects of a journal
 */
export async function undoPartsOf(
  version: Version,
  ledger: Pick<LedgerReads, 'control' | 'checkpoints' | 'passes'>,
  now: number,
): Promise<[UndoPart, ...UndoPart[]]> {
  const parts: UndoPart[] = [];
  for (const journal of version.journals ?? []) {
    const { run, firstPass } = journal;
    const [control, passes] = await Promise.all([ledger.control(run), ledger.passes(run)]);
    if (!control) throw journalMissing(version, `the ledger does not know run ${run} any more`);
    let isPast = false;
    for (let pass = firstPass; pass <= control.pass; pass++) {
      const settled = passes.find((each) => each.pass === pass);
      if (settled && !isAbout(settled, version.sequence)) {
        isPast = true;
        continue;
      }
      const checkpoints = [...(await ledger.checkpoints(run, pass)).values()];
      const isLeft = !settled && pass === control.pass;
      // A version that was swept together with others may get passes of its own later: those between are of the others.
      const known = settled ?? checkpoints[0] ?? (isLeft ? control : undefined);
      if (known ? !isAbout(known, version.sequence) : isPast) {
        isPast = true;
        continue;
      }
      const segments = Math.max(0, ...checkpoints.map(({ segment }) => segment + 1));
      // A worker that was left behind may begin a segment of the last pass just now; until the undo begins, its lease is over.
      const totalSegments = isLeft ? Math.max(control.totalSegments, segments) : segments;
      const isComplete = settled ? hasAllJournals(settled, checkpoints) : checkpoints.length >= Math.max(1, totalSegments);
      if (!isComplete && (settled || now > firstForgotten(journal)))
        throw journalMissing(version, `the ledger does not know any more what is in the journal of pass ${pass} of run ${run}`);
      if (isLeft || checkpoints.some((checkpoint) => journalOf(checkpoint, version.sequence).length > 0))
        parts.unshift({ run, pass, totalSegments });
    }
  }
  const [newest, ...older] = parts;
  // The same whatever becomes of the version, as the next decision looks for it.
  const { run, firstPass: pass } = version.journals?.[0] ?? { run: 'none', firstPass: 1 };
  return newest ? [newest, ...older] : [{ run, pass, totalSegments: 1 }];
}

function hasAllJournals({ journaled, counters }: SettledPass, checkpoints: readonly Checkpoint[]): boolean {
  if (journaled !== undefined) return checkpoints.filter(hasJournal).length >= journaled;
  const { changed, inserted } = countPass(checkpoints).all;
  return changed >= counters.changed && inserted >= counters.inserted;
}

/** When the first checkpoint with a journal can expire, see aws/ledger/checkpoints.ts; in wall-clock milliseconds. */
function firstForgotten({ at, days = defaultJournalRetentionDays }: JournalOfRun): number {
  return Date.parse(at) + (days + daysBeyondJournal) * dayMs;
}

/**
 * The part that is to be taken back after one that is; undefined if that was the oldest.
 *
 * @throws RunError JournalMissing: when the part is not one of them, so that nobody knows what comes after it
 */
export function olderPart(
  parts: readonly UndoPart[],
  version: Pick<Version, 'table' | 'sequence' | 'file'>,
  { run, pass }: JournalPart,
): UndoPart | undefined {
  const index = parts.findIndex((part) => part.run === run && part.pass === pass);
  if (index === -1)
    throw journalMissing(version, `the ledger does not name pass ${pass} of run ${run} any more, which is being taken back`);
  return parts[index + 1];
}

/** Logical names of other tables that runs may have written for a version. */
export async function tablesInJournal(version: Version, ledger: Pick<LedgerReads, 'control'>): Promise<string[]> {
  const controls = await Promise.all((version.journals ?? []).map(({ run }) => ledger.control(run)));
  return [...new Set(controls.flatMap((control) => Object.keys(control?.shape.others ?? {})))];
}

/** No object of the journal is older. */
function sinceOf({ journals = [] }: Pick<Version, 'journals'>): string | undefined {
  return journals[0]?.at;
}
