import type { JournalObject, JournalStore } from '../../journal/journal-port.ts';
import type { ChangeRecord, JournalRecord } from '../../journal/journal-record.ts';
import { keyText } from '../../values/table-shape.ts';
import type { Page, Place } from '../table-port.ts';

/** Records of a journal that are undone one after the other. The image of each is the key of the item that was decided on. */
export interface JournalPage extends Page {
  records: readonly ChangeRecord[];
}

/** Objects that are read ahead, of about 1 MB each. */
const maxAhead = 3;

/**
 * Reads the journal of a segment from its end to its beginning, without the changes that were not applied. A place in it is the number of
 * objects that are done, as the partition, and in the next one the number of records that are done, as the position.
 *
 * That a change was not applied stands behind it, maybe in a later object: a reader that begins in the middle reads all later ones first.
 */
export class JournalPages {
  readonly #objects: readonly JournalObject[];
  readonly #store: Pick<JournalStore, 'read'>;
  readonly #ahead = new Map<number, Promise<JournalRecord[]>>();
  /** How many of the next changes of an item were not applied, by its key. */
  readonly #notApplied = new Map<string, number>();
  /** Objects whose records are taken into account. */
  #taken = 0;
  /** The changes of the last of them. */
  #changes: readonly ChangeRecord[] = [];

  /** @param objects of the segment, in the order in which they were written */
  constructor(objects: readonly JournalObject[], store: Pick<JournalStore, 'read'>) {
    this.#objects = [...objects].reverse();
    this.#store = store;
  }

  /**
   * Pages are read one after the other, from the first place on.
   *
   * @param passed told of each change before the first place, with the place behind it
   * @throws RunError JournalMissing, JournalDamaged
   */
  async readPage(
    { position, partition = 0 }: Place,
    limit = Number.POSITIVE_INFINITY,
    passed: (record: ChangeRecord, behind: Place) => void = () => {},
  ): Promise<JournalPage> {
    if (partition >= this.#objects.length) return { images: [], records: [], position: undefined, readUnits: 0 };
    const from = doneIn(position);
    const isFirst = this.#taken === 0;
    while (this.#taken <= partition) {
      const object = this.#taken;
      const changes = this.#applied(await this.#readNext());
      const before = isFirst ? changes.slice(0, object < partition ? undefined : from) : [];
      for (const [index, record] of before.entries()) passed(record, this.#placeBehind(object, index + 1, changes.length));
      this.#changes = changes;
    }
    const all = this.#changes;
    const records = all.slice(from, from + limit);
    const places = records.map((_, index) => this.#placeBehind(partition, from + index + 1, all.length));
    const end = places.at(-1) ?? this.#placeBehind(partition, all.length, all.length);
    return { images: records.map(({ item }) => item.key), records, places, ...end, readUnits: 0 };
  }

  #placeBehind(partition: number, done: number, of: number): Place {
    if (done < of) return { partition, position: { done: { N: String(done) } } };
    return { partition: partition + 1 < this.#objects.length ? partition + 1 : undefined, position: undefined };
  }

  async #readNext(): Promise<JournalRecord[]> {
    const index = this.#taken;
    for (const [ahead, object] of this.#objects.slice(index, index + 1 + maxAhead).entries()) {
      if (this.#ahead.has(index + ahead)) continue;
      const reading = this.#store.read(object);
      // It is waited for later, or never.
      reading.catch(() => undefined);
      this.#ahead.set(index + ahead, reading);
    }
    const records = await this.#ahead.get(index);
    this.#ahead.delete(index);
    this.#taken++;
    return records ?? [];
  }

  /** The newest first. */
  #applied(records: readonly JournalRecord[]): ChangeRecord[] {
    const changes: ChangeRecord[] = [];
    for (const record of [...records].reverse()) {
      if (record.kind === 'notApplied') this.#count(record.key, 1);
      else if (!this.#wasNotApplied(record)) changes.push(record);
    }
    return changes;
  }

  #wasNotApplied({ item: { key } }: ChangeRecord): boolean {
    if (!this.#notApplied.has(keyText(key))) return false;
    this.#count(key, -1);
    return true;
  }

  #count(key: JournalPage['images'][number], by: number): void {
    const text = keyText(key);
    const count = (this.#notApplied.get(text) ?? 0) + by;
    if (count > 0) this.#notApplied.set(text, count);
    else this.#notApplied.delete(text);
  }
}

/** Names a record by the place behind it. */
export function recordBefore({ partition, position }: Place): string {
  return `${partition ?? 'end'}/${doneIn(position)}`;
}

function doneIn(position: Place['position']): number {
  const { done } = position ?? {};
  return done && 'N' in done ? Number(done.N) : 0;
}
