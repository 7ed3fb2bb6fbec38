import type { Item } from './item.ts';

/** The key of an item, given the names of its key attributes. Throws if one is missing. */
export const keyOf = (item: Item, keyAttributes: readonly string[]): Record<string, Item[string]> =>
  Object.fromEntries(
    keyAttributes.map((name) => {
      const value = item[name];
      if (!value) throw new Error(`An item lacks its key attribute ${name}.`);
      return [name, value];
    }),
  );

/** The key of an item as text: the same text for the same key, fit for a Map and for a message. */
export const keyText = (item: Item, keyAttributes: readonly string[]): string => JSON.stringify(keyOf(item, keyAttributes));
