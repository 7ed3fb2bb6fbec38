import { type AttributeValue, type Image, sameValue } from '../../values/attribute-value.ts';
import type { TableShape } from '../../values/table-shape.ts';

/**
 * True if the item collection in which a page begins has begun before it, and goes on to its end.
 *
 * @param before the position before the page
 */
export function isWithinCollection(
  { keys: [partitionKey, sortKey] }: TableShape,
  before: Image | undefined,
  { images }: { images: readonly Image[] },
): boolean {
  if (!partitionKey || !sortKey) return false;
  const valueIn = (image: Image | undefined): AttributeValue | undefined => image?.[partitionKey.name];
  const [inPosition, inFirst, inLast] = [valueIn(before), valueIn(images[0]), valueIn(images.at(-1))];
  return inPosition !== undefined && [inFirst, inLast].every((value) => value !== undefined && sameValue(value, inPosition));
}
