import { afterUpdate } from '../../core/change/change.ts';
import { imageOf } from '../../core/change/condition.ts';
import type { Write } from '../../core/segment/table-port.ts';
import { type Image, sameValue } from '../../core/values/attribute-value.ts';
import { keyText } from '../../core/values/table-shape.ts';

/** Applies an update to items in memory, by the texts of their keys. @returns false if its condition does not hold, and for a delete */
export function updateIfHolds(items: Map<string, Image>, { key, change, condition }: Write): boolean {
  const text = keyText(key);
  const image = items.get(text);
  const holds =
    image &&
    Object.entries(imageOf(condition.equals)).every(([name, value]) => image[name] && sameValue(image[name], value)) &&
    condition.missing.every((name) => !image[name]);
  if (!holds || change.item.kind === 'delete') return false;
  items.set(text, afterUpdate(image, change.item.set, change.item.remove));
  return true;
}
