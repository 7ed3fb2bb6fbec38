import type { Change, OtherWrite } from '../change/change.ts';
import { defineOwn, type Image } from '../values/attribute-value.ts';
import { keyOf, shapeOf, type TableShape } from '../values/table-shape.ts';
import type { ChangeRecord, ItemRecord } from './journal-record.ts';

/** What a change of an item does to it and to others. @param image of the item that was decided on */
export function recordOf(image: Image, { item, inserts, others = [] }: Change, shape: TableShape): ChangeRecord {
  const key = keyOf(shape, image);
  const own: ItemRecord = item.kind === 'delete' ? deleted(key, image) : updated(key, image, item);
  if (inserts.length + others.length === 0) return { kind: 'change', item: own };
  const further = [...inserts.map((insert) => inserted(insert, shape)), ...others.flatMap((other) => otherRecord(other, shape))];
  return { kind: 'change', item: own, ...(further.length > 0 ? { others: further } : {}) };
}

/** What the insert of a seed does. */
export function recordOfSeed(image: Image, shape: TableShape): ChangeRecord {
  return { kind: 'change', item: inserted(image, shape) };
}

function otherRecord(other: OtherWrite, shape: TableShape): ItemRecord[] {
  const { kind, table, image } = other;
  if (kind === 'check') return [];
  const at = shapeOf(shape, table);
  if (kind === 'put') return [inserted(image, at, table)];
  const key = keyOf(at, image);
  return [kind === 'delete' ? deleted(key, image, table) : updated(key, image, other, table)];
}

function inserted(image: Image, shape: TableShape, table?: string): ItemRecord {
  return { does: 'insert', ...(table === undefined ? {} : { table }), key: keyOf(shape, image), before: {}, after: image };
}

function deleted(key: Image, image: Image, table?: string): ItemRecord {
  return { does: 'delete', ...(table === undefined ? {} : { table }), key, before: image, after: {} };
}

function updated(key: Image, image: Image, { set, remove }: { set: Image; remove: readonly string[] }, table?: string): ItemRecord {
  const before: Image = {};
  for (const name in set) keepIn(before, name, image);
  for (const name of remove) keepIn(before, name, image);
  return { does: 'update', ...(table === undefined ? {} : { table }), key, before, after: set };
}

function keepIn(part: Image, name: string, image: Image): void {
  const value = Object.hasOwn(image, name) ? image[name] : undefined;
  if (value) defineOwn(part, name, value);
}
