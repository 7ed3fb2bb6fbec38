import type { JournalObject, JournalStore, RecordText } from '../../journal/journal-port.ts';
import type { JournalRecord, ReportRecord } from '../../journal/journal-record.ts';
import type { Control } from '../../ledger/control.ts';
import { controlsOf } from '../../ledger/sweep.ts';
import type { SegmentProgress } from '../segment-progress.ts';

/** What one worker writes to the journal: the changes of each version, and reports of items. */
export class SegmentJournal {
  readonly #control: Control;
  readonly #progress: Pick<SegmentProgress, 'checkpoint'>;
  readonly #given: JournalStore | undefined;
  /** The versions of the pass that are journaled. */
  readonly versions: readonly number[];

  /** @param store undefined if no version of the pass is journaled, and nothing is reported */
  constructor(control: Control, progress: Pick<SegmentProgress, 'checkpoint'>, store: JournalStore | undefined) {
    this.#control = control;
    this.#progress = progress;
    this.#given = store;
    this.versions = controlsOf(control).flatMap(({ sequence, journals }) => (journals ? [sequence] : []));
  }

  /** Writes the report with this number. */
  writeReport(number: number, records: readonly ReportRecord[]): Promise<void> {
    return this.#store.writeReport(this.#object(number), records);
  }

  textOf(record: JournalRecord): RecordText {
    return this.#store.textOf(record);
  }

  /**
   * Each version has its own journal. If several are swept together, each of them has an object with this number, also without a record.
   *
   * @param records by the version that they are of; undefined if it is the only one
   */
  async writeChanges(number: number, records: ReadonlyMap<number | undefined, readonly RecordText[]>): Promise<void> {
    const recordsOf = (version: number | undefined): readonly RecordText[] => records.get(version) ?? [];
    if (!this.#control.together?.length) return this.#store.write(this.#object(number), recordsOf(undefined));
    await Promise.all(this.versions.map((version) => this.#store.write(this.#object(number, version), recordsOf(version))));
  }

  get #store(): JournalStore {
    if (!this.#given) throw new TypeError('a version that is journaled needs a journal');
    return this.#given;
  }

  #object(number: number, sequence = this.#control.sequence): JournalObject {
    const { run, pass, segment, attempt } = this.#progress.checkpoint;
    return { table: this.#control.table, sequence, run, pass, segment, attempt, number };
  }
}
