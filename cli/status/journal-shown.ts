import { isInTable, type Version } from '../../core/ledger/versions/version.ts';
import { journalProblem, journalUntil, noJournalEver } from '../../core/run/undo-by-journal.ts';
import { moment, versions as versionsInWords } from '../terminal/in-words.ts';

/** If a version can be taken back by its journal: until when (ISO 8601), or why not. */
export type JournalShown = { until?: string } | { none: string };

/** Undefined for a version that is not in the table. @param now wall-clock milliseconds */
export function journalShown(version: Version | undefined, now: number): JournalShown | undefined {
  if (!version || !isInTable(version)) return undefined;
  const none = journalProblem(version, { now, retentionDays: undefined });
  if (none !== undefined) return { none };
  const until = journalUntil(version, undefined);
  return until === undefined ? {} : { until: new Date(until).toISOString() };
}

/** One line, if a version of the table has, or had, a journal: versions that only add have none, and need none. */
export function journalText(shown: readonly { sequence: number; journal?: JournalShown | undefined }[]): string[] {
  const kept = shown.flatMap(({ sequence, journal }) =>
    journal && 'until' in journal && journal.until !== undefined ? [{ sequence, until: journal.until }] : [],
  );
  const none = shown.filter(({ journal }) => journal && 'none' in journal && journal.none !== noJournalEver);
  const never = shown.filter(({ journal }) => journal && 'none' in journal && journal.none === noJournalEver);
  if (kept.length === 0 && none.length === 0) return [];
  return [
    [
      ...kept.map(({ sequence, until }) => `v${sequence} has a journal until ${moment(until)} UTC`),
      ...none.map(({ sequence, journal }) => `no journal takes v${sequence} back: ${journal && 'none' in journal ? journal.none : ''}`),
      ...(never.length > 0 ? [`no journal was kept of ${versionsInWords(never.map(({ sequence }) => sequence))}`] : []),
    ].join('; '),
  ];
}
