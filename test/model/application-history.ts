import type { ItemRecord } from '../../core/journal/journal-record.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyOf } from '../../core/values/table-shape.ts';
import { imageText } from './image-text.ts';
import type { Commit } from './memory-server.ts';
import type { MemoryTable } from './memory-table.ts';

/**
 * - addedToInsert: the application added an attribute to an inserted item between the look of the undo and its write (P1)
 * - addedToDelete: it added one to an item between the read of the run and its delete, and the item could not be put back with it (P1)
 * - unknownOutcome: it did itself what a change of unknown outcome would have done: deleted an item, or removed an attribute (P11)
 * - ontoDeleted: the run inserted an item under the key of one that it had deleted or moved, in another segment or by a change that was recorded later: which
 *   of both goes back first is open, or not as they were made (P11)
 */
export type UndoLimit = 'addedToInsert' | 'addedToDelete' | 'unknownOutcome' | 'ontoDeleted';

/** What the table would hold if the run had never been: the application's writes, each on what it met. */
export class ApplicationHistory {
  readonly limits: Record<UndoLimit, number> = { addedToInsert: 0, addedToDelete: 0, unknownOutcome: 0, ontoDeleted: 0 };
  /** Changes that the journal has, that were not applied, and of which their workers could not say so. */
  readonly unknown: ItemRecord[] = [];
  changed = 0;
  overtaken = 0;
  readonly #table: MemoryTable;
  readonly #without = new Map<string, Image>();
  /** Items that the run inserted and nobody changed since, and with which others they were written. */
  readonly #inserted = new Map<string, Group>();
  readonly #insertedAs = new Map<string, Image>();
  readonly #deleted = new Map<string, Group>();
  /** In which segments, by the key. */
  readonly #deletedByRun = new Map<string, Set<number>>();
  readonly #removedByRun = new Set<string>();
  readonly #touched = new Set<string>();
  /** What deletes of the run took with them unseen, by the key. */
  readonly #unseen = new Map<string, { image: Image; isExcused: () => boolean }[]>();

  constructor(table: MemoryTable) {
    this.#table = table;
  }

  texts(): string[] {
    return [...this.#without.values()].map(imageText).sort();
  }

  wasDeletedByRun(key: Image): boolean {
    return this.#deletedByRun.has(this.#textOf(key));
  }

  wasRemovedByRun(key: Image, name: string): boolean {
    return this.#removedByRun.has(`${this.#textOf(key)} ${name}`);
  }

  /**
   * @param segment of the worker
   * @param excuse why the worker could not repair the effect of the request; undefined if it could
   * @param wasRecordedBefore if the change of one item stands in the journal before that of the other
   */
  changedByRun(
    { change, inserts, operation, isPutBack, isTransaction }: Commit,
    segment: number,
    excuse: () => unknown,
    wasRecordedBefore: (key: Image, other: Image) => boolean,
  ): void {
    const own = this.#textOf(change.key);
    if (isPutBack) return;
    this.changed++;
    this.#touched.add(own);
    const group: Group = { source: change.after ? undefined : change.key, targets: inserts.map(({ key }) => key) };
    if (!change.after) {
      this.#deletedByRun.set(own, (this.#deletedByRun.get(own) ?? new Set()).add(segment));
      const seen = new Set([...Object.keys(keyOf(this.#table.shape, change.key)), ...operation.conditions.map(({ name }) => name)]);
      const image = Object.fromEntries(Object.entries(change.before ?? {}).filter(([name]) => !seen.has(name)));
      const unseen = { image, isExcused: () => isTransaction || excuse() !== undefined };
      if (Object.keys(image).length > 0) this.#unseen.set(own, [...(this.#unseen.get(own) ?? []), unseen]);
      if (inserts.length > 0) this.#deleted.set(own, group);
    }
    for (const name of Object.keys(change.before ?? {}))
      if (change.after && !Object.hasOwn(change.after, name)) this.#removedByRun.add(`${own} ${name}`);
    for (const { key, after = {} } of inserts) {
      const others = [...(this.#deletedByRun.get(this.#textOf(key)) ?? [])].filter(
        (each) => each !== segment || wasRecordedBefore(change.key, key),
      );
      this.limits.ontoDeleted += others.length;
      this.#inserted.set(this.#textOf(key), group);
      this.#insertedAs.set(this.#textOf(key), after);
    }
  }

  wrote(key: Image, before: Image | undefined, after: Image | undefined): void {
    const text = this.#textOf(key);
    if (this.#touched.has(text) || this.#inserted.has(text)) this.overtaken++;
    const ofInserted = this.#inserted.get(text);
    const group = ofInserted?.source ? ofInserted : this.#deleted.get(text);
    if (group && !(ofInserted === undefined && before)) this.#stays(group);
    else if (ofInserted) this.#inserted.delete(text);
    if (!after) this.#without.delete(text);
    else if (!before || ofInserted) this.#without.set(text, after);
    else {
      const image: Image = { ...this.#without.get(text) };
      for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
        const value = after[name];
        if (textAt(before, name) === textAt(after, name)) continue;
        if (value) image[name] = value;
        else delete image[name];
      }
      this.#without.set(text, { ...key, ...image });
    }
  }

  /**
   * An attribute that is first added to an inserted item between our look and our write goes with it: no condition can name it, and a transaction
   * does not return what it deletes. This is the limit of promise 1.
   */
  undone({ change, inserts }: Commit): void {
    const changes = [change, ...inserts];
    for (const { key, before, after } of changes) {
      const text = this.#textOf(key);
      if (after) this.#forgive(text, before, after);
      const as = this.#insertedAs.get(text);
      if (after) this.#deleted.delete(text);
      else if (!this.#inserted.delete(text) && as && before && Object.keys(as).every((name) => textAt(as, name) === textAt(before, name))) {
        this.limits.addedToInsert++;
        this.#without.delete(text);
        for (const put of changes) if (!put.before && put.after) this.#without.set(this.#textOf(put.key), put.after);
      }
    }
  }

  /** What goes back is what the journal has, which is not what the application left. */
  #forgive(text: string, before: Image | undefined, after: Image): void {
    const without = this.#without.get(text);
    const unknown = this.unknown.filter(({ key }) => this.#textOf(key) === text);
    if (!before && !without) {
      if (!unknown.some(({ does }) => does === 'delete')) return;
      this.limits.unknownOutcome++;
      this.#without.set(text, after);
    } else if (!before && without) {
      for (const { image, isExcused } of this.#unseen.get(text) ?? [])
        for (const name of Object.keys(image)) {
          if (Object.hasOwn(after, name) || textAt(without, name) !== textAt(image, name) || !isExcused()) continue;
          this.limits.addedToDelete++;
          delete without[name];
        }
    } else if (without) {
      for (const [name, value] of Object.entries(after)) {
        const wasRemoved = unknown.some(
          (record) => !Object.hasOwn(record.after, name) && textAt(record.before, name) === textAt(after, name),
        );
        if (Object.hasOwn(before ?? {}, name) || Object.hasOwn(without, name) || !wasRemoved) continue;
        this.limits.unknownOutcome++;
        without[name] = value;
      }
    }
  }

  /** A move of which one item was written since is not taken back. */
  #stays({ source, targets }: Group): void {
    if (source) {
      this.#deleted.delete(this.#textOf(source));
      this.#without.delete(this.#textOf(source));
    }
    for (const target of targets) {
      const text = this.#textOf(target);
      if (!this.#inserted.delete(text)) continue;
      // So the item that was moved away from this key before does not come back to it.
      const before = this.#deleted.get(text);
      if (before) this.#stays(before);
      const present = this.#table.get(target);
      if (present) this.#without.set(text, present);
    }
  }

  #textOf(key: Image): string {
    return imageText(keyOf(this.#table.shape, key));
  }
}

interface Group {
  /** Undefined if the item itself stayed. */
  source: Image | undefined;
  targets: readonly Image[];
}

function textAt(image: Image, name: string): string {
  const value = Object.hasOwn(image, name) ? image[name] : undefined;
  return value ? imageText({ v: value }) : '';
}
