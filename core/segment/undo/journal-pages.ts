import type { JournalObject, JournalStore } from '../../journal/journal-port.ts';
import type { ChangeRecord } from '../../journal/journal-record.ts';
import type { Page, Place } from '../table-port.ts';

/** Records of a journal that are undone one after the other. The image of each is the key of the item that was decided on. */
export interface JournalPage extends Page {
  records: readonly ChangeRecord[];
}

/**
 * Reads the journal of a segment from its end to its beginning. A place in it is the number of objects that are done, as the partition, and
 * in the next one the number of records that are done, as the position.
 */
export class JournalPages {
  readonly #objects: readonly JournalObject[];
  readonly #store: Pick<JournalStore, 'read'>;
  #read: { object: JournalObject; records: readonly ChangeRecord[] } | undefined;

  /** @param objects of the segment, in the order in which they were written */
  constructor(objects: readonly JournalObject[], store: Pick<JournalStore, 'read'>) {
    this.#objects = [...objects].reverse();
    this.#store = store;
  }

  /** @throws RunError JournalMissing, JournalDamaged */
  async readPage({ position, partition = 0 }: Place, limit = Number.POSITIVE_INFINITY): Promise<JournalPage> {
    const object = this.#objects[partition];
    if (!object) return { images: [], records: [], position: undefined, readUnits: 0 };
    const all = await this.#recordsOf(object);
    const from = doneIn(position);
    const records = all.slice(from, from + limit);
    const places = records.map((_, index) => this.#placeBehind(partition, from + index + 1, all.length));
    const end = places.at(-1) ?? this.#placeBehind(partition, all.length, all.length);
    return { images: records.map(({ item }) => item.key), records, places, ...end, readUnits: 0 };
  }

  #placeBehind(partition: number, done: number, of: number): Place {
    if (done < of) return { partition, position: { done: { N: String(done) } } };
    return { partition: partition + 1 < this.#objects.length ? partition + 1 : undefined, position: undefined };
  }

  /** The newest first. The last object is kept, as its records may take several pages. */
  async #recordsOf(object: JournalObject): Promise<readonly ChangeRecord[]> {
    if (this.#read?.object !== object) {
      const records = await this.#store.read(object);
      this.#read = { object, records: records.filter((record) => record.kind === 'change').reverse() };
    }
    return this.#read.records;
  }
}

function doneIn(position: Place['position']): number {
  const { done } = position ?? {};
  return done && 'N' in done ? Number(done.N) : 0;
}
