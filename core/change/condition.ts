import { ItemError } from '../errors.ts';
import type { Transformation } from '../transformation/contract.ts';
import { type Footprint, namesOf } from '../transformation/footprint.ts';
import { type AttributeValue, defineOwn, type Image } from '../values/attribute-value.ts';
import { isKey, type TableShape } from '../values/table-shape.ts';

/** What must still hold in the table when a change is applied. The item's existence is always part of it. */
export interface Condition {
  equals: Equals;
  missing: readonly string[];
}

/** Attributes and their values, in the same order. Two lists and no pairs, as a worker makes them for each change. */
export interface Equals {
  names: readonly string[];
  values: readonly AttributeValue[];
}

/** Of an image, or of a part of it. */
export function equalsOf(image: Image, isCompared: (name: string) => boolean = () => true): Equals {
  const names: string[] = [];
  const values: AttributeValue[] = [];
  for (const name in image) {
    if (!isCompared(name)) continue;
    names.push(name);
    values.push(image[name] as AttributeValue);
  }
  return { names, values };
}

/** The part of an image that is compared. */
export function imageOf({ names, values }: Equals): Image {
  const image: Image = {};
  for (const [index, name] of names.entries()) defineOwn(image, name, values[index] as AttributeValue);
  return image;
}

/** A statement may have 300 operators. Comparisons and the ANDs between them count, those of the key included. */
export const maxConditions = 148;

/**
 * The condition under which a decision about an image still holds:
 *
 * - Every attribute that was read has the value that was read.
 * - Every name that was missing, and that the function could have seen or will write, is still missing.
 *
 * With a version attribute, only that attribute and the names that the file may write are compared. The latter are needed because our own
 * writes leave the version unchanged, so it cannot tell that a repeated write is already applied.
 *
 * @param changed the names that the change writes or removes
 * @throws ItemError TooWide: when the condition would have too many operators
 */
export function conditionFor(
  image: Image,
  changed: readonly string[],
  shape: TableShape,
  footprint: Footprint,
  transformation: Pick<Transformation, 'reads' | 'versionAttribute'>,
): Condition {
  const version = transformation.versionAttribute;
  const written = namesOf(footprint);
  const missing: string[] = [];
  const addMissing = (name: string): void => {
    if (!Object.hasOwn(image, name) && !missing.includes(name)) missing.push(name);
  };
  changed.forEach(addMissing);
  written.forEach(addMissing);
  if (version !== undefined && Object.hasOwn(image, version)) {
    const isCompared = (name: string): boolean => name === version || written.has(name) || changed.includes(name);
    return { equals: equalsOf(image, isCompared), missing };
  }

  transformation.reads?.forEach(addMissing);
  if (version !== undefined) addMissing(version);
  const equals = equalsOf(image, (name) => !isKey(shape, name));
  const { length } = equals.names;
  if (length + missing.length > maxConditions)
    throw new ItemError(
      'TooWide',
      `The item has ${length} attributes beside its key; a condition holds ${maxConditions - missing.length} of them. Declare the attributes that the function needs in reads: export const reads = [...], or reads: [...].`,
    );
  return { equals, missing };
}
