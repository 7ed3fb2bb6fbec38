import type { Item } from './item.ts';
import type { ItemChange } from './item-change.ts';
import { sameItem } from './same-value.ts';

/** How the application's own code writes the attributes that one version of the transformations adds. */
export interface Shape {
  /** The attributes of this shape, as in the transformation's `adds`. */
  readonly adds: readonly string[];
  /** These attributes for an item, from its other attributes; none for an item that the version leaves. */
  of(item: Item): Item;
}

/** All new attributes of an item. */
export function shapeOf(item: Item, shapes: readonly Shape[]): Item {
  return Object.assign({}, ...shapes.map((shape) => shape.of(item)));
}

/** The attributes that an update has to write in addition to its change, so that the new attributes stay consistent with the old ones. */
export function shapeChange(before: Item, after: Item, shapes: readonly Shape[]): ItemChange {
  const affected = shapes.filter((shape) => !sameItem(shape.of(before), shape.of(after)));
  const set = shapeOf(after, affected);
  return { set, remove: affected.flatMap(({ adds }) => adds).filter((name) => !Object.hasOwn(set, name)) };
}
