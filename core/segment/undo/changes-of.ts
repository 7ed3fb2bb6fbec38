import { type JournalObject, type JournalOfAttempt, type JournalSegment, objectsOf } from '../../journal/journal-port.ts';
import type { ItemRecord, JournalRecord } from '../../journal/journal-record.ts';
import { isEnd, type Place } from '../table-port.ts';
import { JournalPages } from './journal-pages.ts';

/** What a run did to one item. */
export interface RecordedChange extends Omit<ItemRecord, 'table'> {
  /** Logical name of the table in which the item is. */
  table: string;
  run: string;
  pass: number;
  segment: number;
  /** When the record was written (ISO 8601), just before the change was sent. */
  at: string | undefined;
  /** A dry run would make the change. */
  dry?: true | undefined;
}

/** A segment of a pass, with the objects of its journal that the ledger knows. */
export interface JournaledSegment {
  segment: JournalSegment;
  attempts: readonly JournalOfAttempt[];
}

/** What an object has, and when it was written (ISO 8601; undefined if it is not known). */
export interface Dated<R> {
  records: R[];
  at: string | undefined;
}

/** Reads journals. */
export interface DatedJournals {
  readDated(object: JournalObject): Promise<Dated<JournalRecord>>;
}

/** Segments that are begun at the same time: each has up to four objects of about 1 MB in memory. */
const maxSegments = 4;

/**
 * What runs did to items: of each segment the newest first, without the changes that were not applied. A change of an item that also writes
 * others gives one for each of them.
 *
 * @param since wall-clock milliseconds: older objects of the journals are left out
 * @throws RunError JournalMissing, JournalDamaged, JournalUnavailable
 */
export async function* changesOf(
  segments: AsyncIterable<JournaledSegment>,
  journals: DatedJournals,
  since = Number.NEGATIVE_INFINITY,
): AsyncGenerator<RecordedChange> {
  const begun: SegmentReader[] = [];
  for await (const segment of segments) {
    begun.push(new SegmentReader(segment, journals));
    if (begun.length >= maxSegments) yield* begun.shift()?.changes(since) ?? [];
  }
  for (const reader of begun) yield* reader.changes(since);
}

class SegmentReader {
  readonly #segment: JournalSegment;
  readonly #objects: readonly JournalObject[];
  /** When the objects were written, by their numbers. */
  readonly #written = new Map<number, string | undefined>();
  readonly #pages: JournalPages;
  readonly #first: ReturnType<JournalPages['readPage']>;

  /** Begins to read. */
  constructor({ segment, attempts }: JournaledSegment, journals: DatedJournals) {
    this.#segment = segment;
    this.#objects = objectsOf(segment, attempts);
    this.#pages = new JournalPages(this.#objects, {
      read: async (object) => {
        const { records, at } = await journals.readDated(object);
        this.#written.set(object.number, at);
        return records;
      },
    });
    this.#first = this.#pages.readPage({ position: undefined });
    // It is waited for later, or never.
    this.#first.catch(() => undefined);
  }

  async *changes(since: number): AsyncGenerator<RecordedChange> {
    const { table, run, pass, segment } = this.#segment;
    let place: Place = { position: undefined, partition: 0 };
    do {
      const { partition = 0 } = place;
      const page = await (partition === 0 ? this.#first : this.#pages.readPage(place));
      const at = this.#written.get(this.#objects.length - partition);
      if (at !== undefined && Date.parse(at) < since) return;
      for (const { item, others = [] } of page.records)
        for (const record of [item, ...others]) yield { ...record, table: record.table ?? table, run, pass, segment, at };
      place = { position: page.position, partition: page.partition };
    } while (!isEnd(place));
  }
}
