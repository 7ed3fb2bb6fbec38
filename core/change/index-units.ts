import { type Image, sameImage } from '../values/attribute-value.ts';
import { writeUnits } from '../values/item-size.ts';
import type { Index, TableShape } from '../values/table-shape.ts';

/**
 * Write units that a change of the table costs an index: nothing where its entry stays, two writes where the entry moves.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 *
 * @param before,after undefined where there is no such item
 */
export function indexUnits(before: Image | undefined, after: Image | undefined, index: Index, shape: TableShape): number {
  const [old, fresh] = [entryOf(before, index, shape), entryOf(after, index, shape)];
  if (!old && !fresh) return 0;
  if (!old || !fresh) return writeUnits(old ?? {}, fresh ?? {});
  if (sameImage(old, fresh)) return 0;
  const moves = !sameImage(pick(old, index.keys), pick(fresh, index.keys));
  return moves ? writeUnits(old, {}) + writeUnits({}, fresh) : writeUnits(old, fresh);
}

/** An item without one of the index's keys is not in the index. */
function entryOf(image: Image | undefined, { keys, projected }: Index, shape: TableShape): Image | undefined {
  if (!image || !keys.every((name) => Object.hasOwn(image, name))) return undefined;
  return projected === 'all' ? image : pick(image, [...shape.keys.map(({ name }) => name), ...keys, ...projected]);
}

function pick(image: Image, names: readonly string[]): Image {
  return Object.fromEntries(Object.entries(image).filter(([name]) => names.includes(name)));
}
