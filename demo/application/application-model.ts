import type { Item } from '../item.ts';

/** An item the application expects in the table, and the attributes that its own writes gave a value. */
export interface ModelledItem {
  readonly item: Item;
  readonly written: ReadonlySet<string>;
}

/**
 * The oracle: the table as the application's acknowledged writes alone would have made it. Nothing here is ever read from the
 * table, so every write of another program to the table shows as a difference.
 */
export class ApplicationModel {
  readonly #items = new Map<string, ModelledItem>();
  readonly #deleted = new Set<string>();
  readonly #uncertain = new Set<string>();

  /** What must be in the table, by key. */
  get items(): ReadonlyMap<string, ModelledItem> {
    return this.#items;
  }

  /** The keys that the application deleted and did not insert again. */
  get deleted(): ReadonlySet<string> {
    return this.#deleted;
  }

  /** Keys with a write of unknown outcome (connection lost, server error): they are left out of the comparison. */
  get uncertain(): ReadonlySet<string> {
    return this.#uncertain;
  }

  /** An item that was in the table before the application began. */
  found(key: string, item: Item): void {
    this.#items.set(key, { item, written: new Set() });
  }

  /** A write of these attributes was acknowledged, and this is the item after it. */
  wrote(key: string, item: Item, names: Iterable<string>): void {
    this.#deleted.delete(key);
    this.#items.set(key, { item, written: new Set([...(this.#items.get(key)?.written ?? []), ...names]) });
  }

  deletedItem(key: string): void {
    this.#items.delete(key);
    this.#deleted.add(key);
  }

  lostTrackOf(key: string): void {
    this.#items.delete(key);
    this.#deleted.delete(key);
    this.#uncertain.add(key);
  }
}
