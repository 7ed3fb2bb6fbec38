import type { Change } from '../change/change.ts';
import { changeUnits, unitsOfOtherTables } from '../change/change-units.ts';
import type { OtherWrite } from '../change/other-items.ts';
import type { Image } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { Write } from './table-port.ts';

/** A transaction has up to 100 actions, one of them for the item whose function inserts. */
const maxOthers = 99;
/** Of the 4 MB of a transaction; the item itself can have 400 KB, and stand in condition and change. */
const maxBytes = 3_000_000;

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

/** Whether a change takes more than one transaction. */
export function isLarge({ inserts, others = [] }: Change): boolean {
  if (inserts.length + others.length > maxOthers) return true;
  return inserts.length + others.length > 1 && bytesOf({ inserts: [...inserts], others: [...others] }) > maxBytes;
}

interface Part {
  inserts: Image[];
  others: OtherWrite[];
}

const leftAsItIs = { kind: 'update' as const, set: {}, remove: [] };

function partsOf({ inserts, others = [] }: Change, maxUnits: number): Part[] {
  const parts: Part[] = [];
  let part: Part = { inserts: [], others: [] };
  let size = { count: 0, bytes: 0 };
  const add = (bytes: number, put: (to: Part) => void): void => {
    const units = (2 * (size.bytes + bytes)) / 1024 + 2 * size.count;
    if (size.count > 0 && (size.count === maxOthers || size.bytes + bytes > maxBytes || units > maxUnits)) {
      parts.push(part);
      part = { inserts: [], others: [] };
      size = { count: 0, bytes: 0 };
    }
    put(part);
    size = { count: size.count + 1, bytes: size.bytes + bytes };
  };
  for (const insert of inserts) add(itemSize(insert), (to) => to.inserts.push(insert));
  for (const other of others) add(bytesOfOther(other), (to) => to.others.push(other));
  return [...parts, part];
}

function bytesOf({ inserts, others }: Part): number {
  return [...inserts.map(itemSize), ...others.map(bytesOfOther)].reduce((sum, bytes) => sum + bytes, 0);
}

/** Of a change of what is there, the condition holds all of it, too. */
function bytesOfOther(other: OtherWrite): number {
  return itemSize(other.image) + (other.kind === 'update' ? itemSize(other.set) : 0);
}
