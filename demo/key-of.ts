import type { Item } from './item.ts';

/** The key of an item, given the names of its key attributes. Throws if one is missing. */
export function keyOf(item: Item, keyAttributes: readonly string[]): Record<string, Item[string]> {
  return Object.fromEntries(
    keyAttributes.map((name) => {
      const value = item[name];
      if (!value) throw new Error(`An item lacks its key attribute ${name}.`);
      return [name, value];
    }),
  );
}

/** The key of an item as text: the same text for the same key, fit for a Map and for a message. */
export function keyText(item: Item, keyAttributes: readonly string[]): string {
  return JSON.stringify(keyOf(item, keyAttributes));
}
