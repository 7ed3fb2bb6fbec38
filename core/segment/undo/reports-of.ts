import type { JournalObject, JournalSegment, ReportsOfAttempt } from '../../journal/journal-port.ts';
import type { ReportRecord } from '../../journal/journal-record.ts';
import type { Dated, RecordedChange } from './changes-of.ts';

/** A segment of a pass, with the reports on it that the ledger knows. */
export interface ReportedSegment {
  segment: JournalSegment;
  reports: readonly ReportsOfAttempt[];
}

/** Reads reports. */
export interface DatedReports {
  readReport(object: JournalObject): Promise<Dated<ReportRecord>>;
}

/** What a report says of one item, with the run, pass and segment that it is about. */
export interface Reported<R extends ReportRecord = ReportRecord> extends Pick<RecordedChange, 'run' | 'pass' | 'segment' | 'at'> {
  record: R;
}

/**
 * What the reports on segments say, one object in memory at a time. Of items that a later attempt tried once more, only the newest is told.
 *
 * @param since wall-clock milliseconds: older objects are left out
 * @throws RunError JournalMissing, JournalDamaged, JournalUnavailable
 */
export async function* reportsOf(
  segments: AsyncIterable<ReportedSegment> | Iterable<ReportedSegment>,
  journals: DatedReports,
  since = Number.NEGATIVE_INFINITY,
): AsyncGenerator<Reported> {
  for await (const { segment: reported, reports } of segments) {
    const { run, pass, segment } = reported;
    let number = 0;
    for (const { attempt, last, isRetried } of reports)
      while (number < last) {
        const { records, at } = await journals.readReport({ ...reported, attempt, number: ++number });
        if (at !== undefined && Date.parse(at) < since) continue;
        for (const record of records) if (!isRetried || record.kind !== 'failed') yield { record, run, pass, segment, at };
      }
  }
}

/** The changes that a dry run would make, in the form of those of a journal. */
export async function* dryChangesOf(table: string, reported: AsyncIterable<Reported>): AsyncGenerator<RecordedChange> {
  for await (const { record, ...place } of reported) {
    if (record.kind !== 'change') continue;
    for (const item of [record.item, ...(record.others ?? [])]) yield { ...item, table: item.table ?? table, ...place, dry: true };
  }
}
