import { RunError } from '../errors.ts';
import type { AttributeValue, Image } from './attribute-value.ts';
import type { TableShape } from './table-shape.ts';

/**
 * dynamo-data-transform stores what it has run in an item of the team's own table. Each key attribute of that item has the same text, so
 * only tables whose keys are strings can have it. It does not belong to the application, and no transformation ever sees it.
 *
 * Its first versions used other texts and another attribute. An application could use these texts itself, so such an item is theirs only
 * if it has the attribute, too.
 */
const records = [
  { text: 'DataTransformations', state: 'executionState', isTheirsByKey: true },
  { text: 'DataMigrations', state: 'executionState', isTheirsByKey: false },
  { text: 'Migrations', state: 'Batches', isTheirsByKey: false },
] as const;

/** The keys that such an item can have, each with the attribute that it must have, too; none if a table with such keys cannot have it. */
export function predecessorRecords({ keys }: TableShape): { key: Image; attribute: string | undefined }[] {
  if (keys.some(({ type }) => type !== 'S')) return [];
  return records.map(({ text, state, isTheirsByKey }) => ({
    key: Object.fromEntries(keys.map(({ name }) => [name, { S: text }])),
    attribute: isTheirsByKey ? undefined : state,
  }));
}

/** Attributes that {@link isPredecessorItem} looks at, beside the key. */
export const predecessorAttributes: readonly string[] = [...new Set(records.map(({ state }) => state))];

/** True for the item of dynamo-data-transform. */
export function isPredecessorItem({ keys }: TableShape, image: Image): boolean {
  return records.some(
    ({ text, state, isTheirsByKey }) =>
      keys.every(({ name }) => {
        const value = image[name];
        return value !== undefined && 'S' in value && value.S === text;
      }) &&
      (isTheirsByKey || image[state] !== undefined),
  );
}

/**
 * The sequences that dynamo-data-transform has applied and not rolled back, in their order: `executionState`, a list of numbers, or
 * `Batches`, a map of such lists.
 *
 * @param images its items
 * @throws RunError InvalidInput: when an item has something else there
 */
export function executedByPredecessor(images: readonly Image[]): number[] {
  const numbers = images.flatMap((image) => [...numbersIn(image['executionState']), ...numbersIn(image['Batches'])]);
  if (numbers.some((number) => !Number.isInteger(number) || number < 1))
    throw new RunError(
      'InvalidInput',
      'The item of dynamo-data-transform is not as it writes it: "executionState" must be a list of whole numbers, "Batches" a map of such lists. Look at the item, and say with `dynamodt baseline … --to` which versions are in the table; if none is, delete the item.',
    );
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function numbersIn(state: AttributeValue | undefined): number[] {
  if (!state) return [];
  if ('M' in state) return Object.values(state.M).flatMap(numbersIn);
  return 'L' in state ? state.L.map((element) => ('N' in element ? Number(element.N) : Number.NaN)) : [Number.NaN];
}
