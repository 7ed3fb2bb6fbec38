import type { JournalRecord, ReportRecord } from './journal-record.ts';

/** Where a segment of a pass keeps its journal. */
export interface JournalSegment {
  /** Logical name. */
  table: string;
  sequence: number;
  run: string;
  pass: number;
  segment: number;
}

/** One object of a journal. It is written once and never changed. */
export interface JournalObject extends JournalSegment {
  /** Of the worker that wrote it. */
  attempt: number;
  /** Counts the objects of the segment in this pass from 1, over all attempts. */
  number: number;
}

/**
 * The objects of one segment and pass that the ledger knows: those after the last of the attempt before, up to `last`.
 *
 * A worker writes an object, saves its number in the checkpoint, and only then sends the changes that are recorded in it. So each object that
 * the checkpoint names must exist, and of one that it does not name, no change was ever sent.
 */
export interface JournalOfAttempt {
  attempt: number;
  last: number;
}

/** A record as it is written, which only the store reads. It takes far less memory than the record, as many of them wait for others. */
export type RecordText = string;

/** Keeps the records of changes. */
export interface JournalStore {
  textOf(record: JournalRecord): RecordText;
  /** Resolves when the records are durable. @throws RunError JournalUnavailable: when the bucket or the key refuses access, or is gone */
  write(object: JournalObject, records: readonly RecordText[]): Promise<void>;
  /**
   * @returns the records in the order in which they were written
   * @throws RunError JournalMissing: when the object is gone, as it expired or was deleted
   * @throws RunError JournalDamaged: when it is not what was written in its place, or its key may not be used
   */
  read(object: JournalObject): Promise<JournalRecord[]>;
  /**
   * Keeps what became of items that were not changed, or would be. Reports are objects of their own, with numbers of their own: an undo reads none.
   *
   * @throws RunError JournalUnavailable
   */
  writeReport(object: JournalObject, records: readonly ReportRecord[]): Promise<void>;
}

/** The objects with the reports on a segment, each of which has what one save of the checkpoint counted. */
export interface ReportsOfAttempt extends JournalOfAttempt {
  /** A later attempt tries the failed items once more: what these objects say of them is out of date. */
  isRetried?: true | undefined;
}

/** The objects of a segment in the order in which they were written. */
export function objectsOf(segment: JournalSegment, attempts: readonly JournalOfAttempt[] = []): JournalObject[] {
  const objects: JournalObject[] = [];
  for (const { attempt, last } of attempts)
    for (let number = objects.length + 1; number <= last; number++) objects.push({ ...segment, attempt, number });
  return objects;
}
