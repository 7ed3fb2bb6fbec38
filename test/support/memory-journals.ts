import { recordText } from '../../aws/journal/record-text.ts';
import type { JournalObject, JournalStore, RecordText } from '../../core/journal/journal-port.ts';
import type { JournalRecord, ReportRecord } from '../../core/journal/journal-record.ts';
import { recordOfText } from './record-of-text.ts';

/** Journals in memory, unencrypted: each object is written once, and one that is read must be there. */
export class MemoryJournals implements JournalStore {
  readonly #objects = new Map<string, readonly JournalRecord[]>();
  readonly #reports = new Map<string, readonly ReportRecord[]>();

  textOf(record: JournalRecord): RecordText {
    return recordText(record);
  }

  async write(object: JournalObject, records: readonly RecordText[]): Promise<void> {
    const text = textOf(object);
    if (this.#objects.has(text)) throw new Error(`An object of a journal is written twice: ${text}`);
    this.#objects.set(text, records.map(recordOfText));
  }

  async read(object: JournalObject): Promise<JournalRecord[]> {
    return [...this.recordsOf(object)];
  }

  /** The same number again if the worker does not know that the object is written. */
  async writeReport(object: JournalObject, records: readonly ReportRecord[]): Promise<void> {
    this.#reports.set(textOf(object), structuredClone(records));
  }

  reportOf(object: JournalObject): readonly ReportRecord[] {
    const records = this.#reports.get(textOf(object));
    if (!records) throw new Error(`The ledger names a report that was never written: ${textOf(object)}`);
    return records;
  }

  recordsOf(object: JournalObject): readonly JournalRecord[] {
    const records = this.#objects.get(textOf(object));
    if (!records) throw new Error(`The ledger names an object of a journal that was never written: ${textOf(object)}`);
    return records;
  }
}

function textOf({ table, sequence, run, pass, segment, attempt, number }: JournalObject): string {
  return JSON.stringify({ table, sequence, run, pass, segment, attempt, number });
}
