import type { Image } from '../values/attribute-value.ts';

/** What is written for one item, under one condition on that item. */
export interface Change {
  /** What happens to the item itself. */
  item: { kind: 'update'; set: Image; remove: readonly string[] } | { kind: 'delete' };
  /** Items that are written if their key is free, in one transaction with the change of the item itself. */
  inserts: readonly Image[];
}

/** What shall be done with one image. */
export type ItemDecision =
  | { outcome: 'unchanged' }
  /** Nothing to write, as the attributes that the function adds exist already; `differing` if one has another value. */
  | { outcome: 'kept'; differing: boolean }
  | { outcome: 'changed'; change: Change; differing: boolean };

/** The names that a change writes or removes in the item itself. */
export function namesIn(change: Change): string[] {
  return change.item.kind === 'update' ? [...Object.keys(change.item.set), ...change.item.remove] : [];
}

/** The image after an update. */
export function afterUpdate(image: Image, set: Image, remove: readonly string[]): Image {
  const after = { ...image, ...set };
  for (const name of remove) delete after[name];
  return after;
}
