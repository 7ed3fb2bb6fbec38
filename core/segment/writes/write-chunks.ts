import { type Change, leftAsItIs, type OtherWrite } from '../../change/change.ts';
import { changeUnits, unitsOfOtherTables } from '../../change/change-units.ts';
import { isLarge, maxOtherBytes, maxOthers, otherBytes } from '../../change/write-limits.ts';
import type { Image } from '../../values/attribute-value.ts';
import { itemSize } from '../../values/item-size.ts';
import type { TableShape } from '../../values/table-shape.ts';
import type { Write } from '../table-port.ts';

/**
 * The transactions of a change that writes more than one transaction holds. Each writes a part of the other items on condition that the item itself
 * is as it was read; the last one changes it.
 *
 * How a worker that dies in between is harmless:
 *
 *     worker A                              DynamoDB                              worker B
 *     --------                              --------                              --------
 *     children 1 to 99, if the parent is
 *     as read
 *                                           puts them
 *     dies
 *                                                                                 reads the parent, which has no mark,
 *                                                                                 and decides the same
 *                                           children 1 to 99 exist:
 *                                           cancels, and returns them
 *                                                                                 same content: they are done;
 *                                                                                 the others, if the parent is as read
 *                                                                                 the rest with the parent's own change
 *
 * @param maxUnits write units of a transaction, if there are several
 */
export function chunksOf(write: Write, image: Image, shape: TableShape, maxUnits: number): Write[] {
  const { change } = write;
  if (!isLarge(change)) return [write];
  const parts = partsOf(change, maxUnits);
  return parts.map((part, index) => {
    const item = index === parts.length - 1 ? change.item : leftAsItIs;
    const own: Change = { item, inserts: part.inserts, ...(part.others.length > 0 ? { others: part.others } : {}) };
    return { ...write, change: own, units: changeUnits(image, own, shape), otherUnits: unitsOfOtherTables(own, shape) };
  });
}

interface Part {
  inserts: Image[];
  others: OtherWrite[];
}

function partsOf({ inserts, others = [] }: Change, maxUnits: number): Part[] {
  const parts: Part[] = [];
  let part: Part = { inserts: [], others: [] };
  let size = { count: 0, bytes: 0 };
  const add = (bytes: number, put: (to: Part) => void): void => {
    const units = (2 * (size.bytes + bytes)) / 1024 + 2 * size.count;
    if (size.count > 0 && (size.count === maxOthers || size.bytes + bytes > maxOtherBytes || units > maxUnits)) {
      parts.push(part);
      part = { inserts: [], others: [] };
      size = { count: 0, bytes: 0 };
    }
    put(part);
    size = { count: size.count + 1, bytes: size.bytes + bytes };
  };
  for (const insert of inserts) add(itemSize(insert), (to) => to.inserts.push(insert));
  for (const other of others) add(otherBytes(other), (to) => to.others.push(other));
  return [...parts, part];
}
