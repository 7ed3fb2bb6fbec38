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
 * the decision could have seen or will write, and that was missing, is still missing. With a version attribute, that one alone.
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
  const versionValue = version !== undefined && Object.hasOwn(image, version) ? image[version] : undefined;
  if (version !== undefined && versionValue) return { equals: [[version, versionValue]], missing: [] };

  const equals = Object.entries(image).filter(([name]) => !isKey(shape, name));
  const mustStayAway = new Set([
    ...changed,
    ...(transformation.reads ?? []),
    ...namesOf(footprint),
    ...(version === undefined ? [] : [version]),
  ]);
  const missing = [...mustStayAway].filter((name) => !Object.hasOwn(image, name));
  if (equals.length + missing.length > maxConditions)
    throw new ItemError(
      'TooWide',
      `The item has ${equals.length} attributes beside its key; a condition holds ${maxConditions - missing.length} of them. Declare the attributes the function needs: export const reads = [...].`,
    );
  return { equals, missing };
};
