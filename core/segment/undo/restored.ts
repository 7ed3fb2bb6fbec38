import { targetText } from '../../change/other-items.ts';
import type { ItemRecord } from '../../journal/journal-record.ts';
import { type Image, sameImage, sameValue } from '../../values/attribute-value.ts';
import type { TableShape } from '../../values/table-shape.ts';
import { type ItemUndo, undoItem } from './item-undo.ts';

/** Records of one item stand close together, as it is decided on again at once. */
const maxItems = 10_000;

/**
 * Remembers what was taken back last, per item. A change that lost its race has a record, too, and stands in the journal before the record of
 * the change that was decided again:
 *
 *     application                           worker                                undo
 *     -----------                           ------                                ----
 *                                           records b: x → x~
 *     sets b: y
 *                                           its write fails
 *                                           records b: y → y~, writes it
 *                                                                                 takes the last record back: b is y
 *                                                                                 the record before: b is neither x~ nor x,
 *                                                                                 but as the later record says
 */
export class Restored {
  readonly #shape: TableShape;
  readonly #last = new Map<string, ItemRecord>();

  constructor(shape: TableShape) {
    this.#shape = shape;
  }

  /** As {@link undoItem}, but what a later record says of the time before it is no newer value. */
  undoItem(record: ItemRecord, present: Image | undefined): ItemUndo {
    const later = this.#last.get(this.#textOf(record));
    const { newer, ...undo } = undoItem(record, present);
    const left = later && newer ? withoutWhatIsBefore(newer, present ?? {}, later) : newer;
    return left ? { ...undo, newer: left } : undo;
  }

  /** The record is undone as far as it can be. */
  note(record: ItemRecord): void {
    const text = this.#textOf(record);
    this.#last.delete(text);
    this.#last.set(text, record);
    const [first] = this.#last.keys();
    if (first !== undefined && this.#last.size > maxItems) this.#last.delete(first);
  }

  #textOf({ table, key }: ItemRecord): string {
    return targetText({ table, image: key }, this.#shape);
  }
}

function withoutWhatIsBefore(newer: readonly string[], present: Image, { does, before }: ItemRecord): readonly string[] | undefined {
  if (newer.length === 0) return does === 'delete' && sameImage(present, before) ? undefined : newer;
  const left = newer.filter((name) => {
    const [now, then] = [present, before].map((image) => (Object.hasOwn(image, name) ? image[name] : undefined));
    return now && then ? !sameValue(now, then) : now !== then;
  });
  return left.length > 0 ? left : undefined;
}
