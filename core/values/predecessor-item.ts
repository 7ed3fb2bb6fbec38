import { RunError } from '../errors.ts';
import type { Image } from './attribute-value.ts';
import type { TableShape } from './table-shape.ts';

/**
 * dynamo-data-transform stores what it has run in an item of the team's own table. Each key attribute of that item has this text, so only
 * tables whose keys are strings can have it. It does not belong to the application, and no transformation ever sees it.
 */
const keyValue = 'DataTransformations';

/** The key of that item; undefined if a table with such keys cannot have it. */
export function predecessorKey({ keys }: TableShape): Image | undefined {
  return keys.every(({ type }) => type === 'S') ? Object.fromEntries(keys.map(({ name }) => [name, { S: keyValue }])) : undefined;
}

/** True for the item of dynamo-data-transform. */
export function isPredecessorItem({ keys }: TableShape, image: Image): boolean {
  return keys.every(({ name }) => {
    const value = image[name];
    return value !== undefined && 'S' in value && value.S === keyValue;
  });
}

/**
 * The sequences that dynamo-data-transform has applied and not rolled back, in their order: `executionState`, a list of numbers.
 *
 * @throws RunError InvalidInput: when the item has something else there
 */
export function executedByPredecessor(image: Image): number[] {
  const state = image['executionState'] ?? { L: [] };
  const numbers = 'L' in state ? state.L.map((element) => ('N' in element ? Number(element.N) : Number.NaN)) : [Number.NaN];
  if (numbers.some((number) => !Number.isInteger(number) || number < 1))
    throw new RunError(
      'InvalidInput',
      'The item "DataTransformations" of dynamo-data-transform is not as it writes it: "executionState" must be a list of whole numbers. Look at the item, and say with --to which versions are in the table.',
    );
  return [...new Set(numbers)].sort((a, b) => a - b);
}
