import type { OtherWrite } from '../../change/change.ts';
import { maxConditions } from '../../change/condition.ts';
import type { ItemRecord } from '../../journal/journal-record.ts';
import { type Image, sameAttribute, sameImage } from '../../values/attribute-value.ts';

/** What can be taken back of one record of an item, by what is there now. */
export interface ItemUndo {
  /** Undefined if there is nothing to take back. It holds only if the item is as it was found. */
  write?: OtherWrite | undefined;
  /** Attributes that have a newer value, which stays. Empty if the item as a whole is another. */
  newer?: readonly string[] | undefined;
  /** The item is still as it was inserted, but is kept, because it has more attributes than a condition can compare. */
  isTooWide?: true | undefined;
  /** The item is gone, so that the rest cannot go back. */
  isGone?: true | undefined;
}

/**
 * Takes back what a record says, as far as it still is there.
 *
 * | record | the item now                     |                                                  |
 * |--------|----------------------------------|--------------------------------------------------|
 * | update | an attribute is as we wrote it   | it goes back, whatever the others are            |
 * |        | it is as it was before           | nothing: the change was not made, or is undone   |
 * |        | it is anything else              | the newer value stays                            |
 * |        | the item is gone                 | it stays gone                                    |
 * | insert | is as we inserted it             | is deleted                                       |
 * |        | is so, and has more attributes   | stays                                            |
 * |        | than a condition holds           |                                                  |
 * |        | is gone                          | nothing                                          |
 * |        | is anything else                 | stays                                            |
 * | delete | the key is free                  | is put back                                      |
 * |        | is as it was before              | nothing                                          |
 * |        | is anything else                 | stays                                            |
 *
 * @param present undefined if there is no item under the key
 */
export function undoItem(record: ItemRecord, present: Image | undefined): ItemUndo {
  const { does, table, key, before, after } = record;
  switch (does) {
    case 'insert':
      if (!present) return {};
      if (!sameImage(present, after)) return { newer: [] };
      if (Object.keys(after).length - Object.keys(key).length > maxConditions) return { newer: [], isTooWide: true };
      return { write: { kind: 'delete', table, image: after } };
    case 'delete':
      if (!present) return { write: { kind: 'put', table, image: before } };
      return sameImage(present, before) ? {} : { newer: [] };
    case 'update':
      return present ? undoUpdate(record, present) : { isGone: true };
  }
}

/** Takes back all of an update, on condition that all of it still is there. */
export function wholeUpdate({ table, key, before, after }: ItemRecord): OtherWrite & { kind: 'update' } {
  return updateBack({ table, key, before, after }, namesOf({ before, after }));
}

function undoUpdate(record: ItemRecord, present: Image): ItemUndo {
  const { before, after } = record;
  const names = namesOf(record);
  const ours = names.filter((name) => sameAttribute(present, after, name) && !sameAttribute(before, after, name));
  const newer = names.filter((name) => !sameAttribute(present, after, name) && !sameAttribute(present, before, name));
  return {
    ...(ours.length > 0 ? { write: updateBack(record, ours) } : {}),
    ...(newer.length > 0 ? { newer } : {}),
  };
}

/** The image of the write holds what must still be there: the key, and these attributes as we wrote them. */
function updateBack({ table, key, before, after }: Omit<ItemRecord, 'does'>, names: readonly string[]): OtherWrite & { kind: 'update' } {
  return {
    kind: 'update',
    table,
    image: { ...key, ...only(after, names) },
    set: only(before, names),
    remove: names.filter((name) => !Object.hasOwn(before, name)),
  };
}

function namesOf({ before, after }: Pick<ItemRecord, 'before' | 'after'>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])];
}

function only(image: Image, names: readonly string[]): Image {
  return Object.fromEntries(Object.entries(image).filter(([name]) => names.includes(name)));
}
