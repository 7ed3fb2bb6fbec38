import type { JournalObject, JournalStore } from '../../core/journal/journal-port.ts';
import type { JournalRecord } from '../../core/journal/journal-record.ts';

/** Journals in memory, unencrypted: each object is written once, and one that is read must be there. */
export class MemoryJournals implements JournalStore {
  readonly #objects = new Map<string, readonly JournalRecord[]>();

  async write(object: JournalObject, records: readonly JournalRecord[]): Promise<void> {
    const text = textOf(object);
    if (this.#objects.has(text)) throw new Error(`An object of a journal is written twice: ${text}`);
    this.#objects.set(text, structuredClone(records));
  }

  async read(object: JournalObject): Promise<JournalRecord[]> {
    return [...this.recordsOf(object)];
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
