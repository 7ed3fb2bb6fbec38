import { type Image, sameImage } from '../values/attribute-value.ts';
import { updateUnits, writeUnits } from '../values/item-size.ts';
import type { Index, TableShape } from '../values/table-shape.ts';
import { afterUpdate, type Change } from './change.ts';

/** Write capacity units of a change: of the table, and of all its indexes. */
export function changeUnits(image: Image, change: Change, shape: TableShape): number {
  let units = tableUnits(image, change);
  for (const index of shape.indexes) units += changeIndexUnits(image, change, index, shape);
  return units;
}

/** Write capacity units of a change, of the table alone. A transaction costs twice as much as its writes. */
export function tableUnits(image: Image, { item, inserts }: Change): number {
  const own = item.kind === 'update' ? updateUnits(image, item.set, item.remove) : writeUnits(image, {});
  const inserted = inserts.reduce((sum, insert) => sum + writeUnits(insert, insert), 0);
  return inserts.length > 0 ? 2 * (own + inserted) : own;
}

/** Write capacity units of a change, of one index. */
export function changeIndexUnits(image: Image, { item, inserts }: Change, index: Index, shape: TableShape): number {
  const inserted = inserts.reduce((sum, insert) => sum + indexUnits(undefined, insert, index, shape), 0);
  if (item.kind === 'delete') return inserted + indexUnits(image, undefined, index, shape);
  if (!reaches(image, [...Object.keys(item.set), ...item.remove], index)) return inserted;
  return inserted + indexUnits(image, afterUpdate(image, item.set, item.remove), index, shape);
}

/** Write capacity units of inserting items in one transaction. */
export function insertUnits(images: readonly Image[], shape: TableShape): number {
  return images.reduce(
    (sum, image) =>
      shape.indexes.reduce((units, index) => units + indexUnits(undefined, image, index, shape), sum + 2 * writeUnits(image, image)),
    0,
  );
}

/** Whether an update can change the entry of an item in an index, judged by names alone, without comparing values. */
function reaches(image: Image, names: readonly string[], { keys, projected }: Index): boolean {
  return (
    names.some((name) => keys.includes(name)) ||
    (keys.every((name) => Object.hasOwn(image, name)) && (projected === 'all' || names.some((name) => projected.includes(name))))
  );
}

/**
 * Write capacity units that a change of the table costs an index: none if its entry stays the same, two writes if the entry moves.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 *
 * @param before,after undefined if there is no such item
 */
export function indexUnits(before: Image | undefined, after: Image | undefined, index: Index, shape: TableShape): number {
  const [old, fresh] = [entryOf(before, index, shape), entryOf(after, index, shape)];
  if (!old && !fresh) return 0;
  if (!old || !fresh) return writeUnits(old ?? {}, fresh ?? {});
  if (sameImage(old, fresh)) return 0;
  const moves = !sameImage(pick(old, index.keys), pick(fresh, index.keys));
  return moves ? writeUnits(old, {}) + writeUnits({}, fresh) : writeUnits(old, fresh);
}

/** Whether an update takes an item out of an index, because it removes one of the index's keys. */
export function leavesIndex(image: Image, { item }: Change, { keys }: Index): boolean {
  return item.kind === 'update' && keys.some((name) => item.remove.includes(name)) && keys.every((name) => Object.hasOwn(image, name));
}

/** An item without one of the index's keys is not in the index. */
function entryOf(image: Image | undefined, { keys, projected }: Index, shape: TableShape): Image | undefined {
  if (!image || !keys.every((name) => Object.hasOwn(image, name))) return undefined;
  return projected === 'all' ? image : pick(image, [...shape.keys.map(({ name }) => name), ...keys, ...projected]);
}

function pick(image: Image, names: readonly string[]): Image {
  return Object.fromEntries(Object.entries(image).filter(([name]) => names.includes(name)));
}
