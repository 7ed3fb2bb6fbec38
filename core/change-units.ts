import type { Image } from './attribute-value.ts';
import type { Change } from './change.ts';
import { updateUnits, writeUnits } from './item-size.ts';

/** Write capacity units of a change. A transaction costs twice what its writes cost. */
export const changeUnits = (image: Image, { item, inserts }: Change): number => {
  const own = item.kind === 'update' ? updateUnits(image, item.set, item.remove) : writeUnits(image, {});
  const inserted = inserts.reduce((sum, insert) => sum + writeUnits(insert, insert), 0);
  return inserts.length > 0 ? 2 * (own + inserted) : own;
};
