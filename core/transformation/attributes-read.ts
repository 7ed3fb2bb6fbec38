import type { Image } from '../values/attribute-value.ts';
import { isKey, type TableShape } from '../values/table-shape.ts';
import type { Direction, Transformation } from './contract.ts';
import { footprintOf, namesOf } from './footprint.ts';

type Reading = Pick<Transformation, 'declared' | 'reads' | 'versionAttribute'>;

/** The only attributes that are read for a version, beside the key; undefined if whole items are read. */
export function attributesRead({ declared, reads, versionAttribute }: Reading, direction: Direction): string[] | undefined {
  return reads && [...reads, ...namesOf(footprintOf(declared, direction)), ...(versionAttribute === undefined ? [] : [versionAttribute])];
}

/** A whole image as a version would read it. */
export function imageAsRead(image: Image, transformation: Reading, direction: Direction, shape: TableShape): Image {
  const names = attributesRead(transformation, direction);
  return names ? Object.fromEntries(Object.entries(image).filter(([name]) => names.includes(name) || isKey(shape, name))) : image;
}

/** Whether a name is the file's or the table's own, and not one that a function may have made from item data. */
export function isDeclaredName(name: string, { declared, reads = [], versionAttribute }: Reading, shape: TableShape): boolean {
  const { adds, overwrites, removes } = declared;
  return (
    isKey(shape, name) ||
    Object.hasOwn(shape.indexKeys, name) ||
    name === versionAttribute ||
    [adds, overwrites, removes, reads].some((names) => names.includes(name))
  );
}
