import type { AttributeValue, Image } from './attribute-value.ts';
import type { Transformation } from './contract.ts';
import { ItemError } from './errors.ts';
import { type Footprint, namesOf } from './footprint.ts';
import { isKey, type TableShape } from './table-shape.ts';

/** What must still hold in the table when a change is applied. The item's existence is always part of it. */
export interface Condition {
  equals: readonly (readonly [name: string, value: AttributeValue])[];
  missing: readonly string[];
}

/** Comparisons and the ANDs between them count as operators, of which a statement may have 300; the key takes part. */
const maxConditions = 148;

/**
 * The condition under which a decision taken on an image still holds: everything that was read is as it was read, and every name that
 * the decision could have seen or will write, and that was missing, is still missing. With a version attribute, that and what the file
 * may write: our own writes leave the version as it is, so it cannot tell a repeated one.
 *
 * @param changed the names that the change writes or removes
 * @throws ItemError TooWide
 */
export const conditionFor = (
  image: Image,
  changed: Iterable<string>,
  shape: TableShape,
  footprint: Footprint,
  transformation: Pick<Transformation, 'reads' | 'versionAttribute'>,
): Condition => {
  const version = transformation.versionAttribute;
  const versionName = version === undefined ? [] : [version];
  const written = [...changed, ...namesOf(footprint)];
  if (version !== undefined && Object.hasOwn(image, version)) return asRead([...versionName, ...written], image);

  const read = Object.keys(image).filter((name) => !isKey(shape, name));
  const condition = asRead([...read, ...written, ...(transformation.reads ?? []), ...versionName], image);
  const { equals, missing } = condition;
  if (equals.length + missing.length > maxConditions)
    throw new ItemError(
      'TooWide',
      `The item has ${equals.length} attributes beside its key; a condition holds ${maxConditions - missing.length} of them. Declare the attributes the function needs: export const reads = [...].`,
    );
  return condition;
};

/** Each of the names is as the image has it, or lacks it. */
const asRead = (names: readonly string[], image: Image): Condition => {
  const distinct = new Set(names);
  return {
    equals: Object.entries(image).filter(([name]) => distinct.has(name)),
    missing: [...distinct].filter((name) => !Object.hasOwn(image, name)),
  };
};
