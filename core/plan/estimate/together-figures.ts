import { type Change, updateBetween } from '../../change/change.ts';
import { changeIndexUnits, tableUnits } from '../../change/change-units.ts';
import type { Image } from '../../values/attribute-value.ts';
import { keyOf, keyText, type TableShape } from '../../values/table-shape.ts';
import type { SampledItem } from '../tried-item.ts';

/**
 * The write units for the whole table of versions that are swept together: each item is written once.
 *
 * @param before the items as the first of them finds them, and `after` as the last leaves them
 */
export function togetherFigures(
  before: readonly SampledItem[],
  after: readonly SampledItem[],
  shape: TableShape,
): { writeUnits: number; indexUnits: Record<string, number> } {
  const textOf = (image: Image): string => keyText(keyOf(shape, image));
  const made = new Map(after.map(({ image }) => [textOf(image), image]));
  const indexUnits = new Map<string, number>();
  let writeUnits = 0;
  for (const { image, weight } of before) {
    const change = changeTo(image, made.get(textOf(image)) ?? image);
    if (!change) continue;
    writeUnits += tableUnits(image, change) * weight;
    for (const index of shape.indexes) {
      const units = changeIndexUnits(image, change, index, shape) * weight;
      if (units > 0) indexUnits.set(index.name, (indexUnits.get(index.name) ?? 0) + units);
    }
  }
  return { writeUnits, indexUnits: Object.fromEntries(indexUnits) };
}

function changeTo(before: Image, after: Image): Change | undefined {
  const { set, remove } = updateBetween(before, after);
  return Object.keys(set).length + remove.length > 0 ? { item: { kind: 'update', set, remove }, inserts: [] } : undefined;
}
