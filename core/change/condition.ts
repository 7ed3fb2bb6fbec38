import { ItemError } from '../errors.ts';
import type { Transformation } from '../transformation/contract.ts';
import { type Footprint, namesOf } from '../transformation/footprint.ts';
import type { AttributeValue, Image } from '../values/attribute-value.ts';
import { isKey, type TableShape } from '../values/table-shape.ts';

/** What must still hold in the table when a change is applied. The item's existence is always part of it. */
export interface Condition {
  equals: readonly (readonly [name: string, value: AttributeValue])[];
  missing: readonly string[];
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
    return { equals: Object.entries(image).filter(([name]) => isCompared(name)), missing };
  }

  transformation.reads?.forEach(addMissing);
  if (version !== undefined) addMissing(version);
  const equals: (readonly [string, AttributeValue])[] = [];
  for (const name in image) if (!isKey(shape, name)) equals.push([name, image[name] as AttributeValue]);
  if (equals.length + missing.length > maxConditions)
    throw new ItemError(
      'TooWide',
      `The item has ${equals.length} attributes beside its key; a condition holds ${maxConditions - missing.length} of them. Declare the attributes that the function needs in reads: export const reads = [...], or reads: [...].`,
    );
  return { equals, missing };
}
