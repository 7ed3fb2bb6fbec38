import { type Image, sameImage } from '../values/attribute-value.ts';
import { updateUnits, writeUnits } from '../values/item-size.ts';
import { type Index, shapeOf, type TableShape } from '../values/table-shape.ts';
import { afterUpdate, type Change, isTransaction, type OtherWrite } from './change.ts';

/** Write capacity units of a change: of the table, and of all its indexes. Those of other tables are not among them. */
export function changeUnits(image: Image, change: Change, shape: TableShape): number {
  let units = tableUnits(image, change);
  for (const index of shape.indexes) units += changeIndexUnits(image, change, index, shape);
  return units;
}

/** Write capacity units of a change, of the table alone. A transaction costs twice as much as its writes. */
export function tableUnits(image: Image, change: Change): number {
  const { item, inserts, others = [] } = change;
  const own = item.kind === 'update' ? updateUnits(image, item.set, item.remove) : writeUnits(image, {});
  const inserted = inserts.reduce((sum, insert) => sum + writeUnits(insert, insert), 0);
  const further = others.reduce((sum, other) => sum + (other.table === undefined ? otherUnits(other) : 0), 0);
  return isTransaction(change) ? 2 * (own + inserted + further) : own;
}

/** Write capacity units of what a change writes to other tables and their indexes, by their logical names. */
export function unitsOfOtherTables({ others = [] }: Change, shape: TableShape): Record<string, number> {
  const units: Record<string, number> = {};
  for (const other of others) {
    if (other.table === undefined) continue;
    const into = shapeOf(shape, other.table);
    const indexes = into.indexes.reduce((sum, index) => sum + otherIndexUnits(other, index, into), 0);
    units[other.table] = (units[other.table] ?? 0) + 2 * otherUnits(other) + indexes;
  }
  return units;
}

function otherUnits(other: OtherWrite): number {
  return other.kind === 'update' ? updateUnits(other.image, other.set, other.remove) : writeUnits(other.image, {});
}

function otherIndexUnits(other: OtherWrite, index: Index, shape: TableShape): number {
  const { image, kind } = other;
  if (kind === 'check') return 0;
  const after = kind === 'put' ? image : kind === 'delete' ? undefined : afterUpdate(image, other.set, other.remove);
  return indexUnits(kind === 'put' ? undefined : image, after, index, shape);
}

/** Write capacity units of a change, of one index. */
export function changeIndexUnits(image: Image, { item, inserts, others = [] }: Change, index: Index, shape: TableShape): number {
  const further = others.reduce((sum, other) => sum + (other.table === undefined ? otherIndexUnits(other, index, shape) : 0), 0);
  const inserted = inserts.reduce((sum, insert) => sum + indexUnits(undefined, insert, index, shape), further);
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
