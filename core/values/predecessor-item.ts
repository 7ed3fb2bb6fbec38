import { RunError } from '../errors.ts';
import type { Image } from './attribute-value.ts';
import type { TableShape } from './table-shape.ts';

/**
 * dynamo-data-transform keeps what it has run in an item of the team's own table. Each of its key attributes holds this text, so it can
 * only be in a table whose keys are strings. It is not the application's, and no transformation ever sees it.
 */
const keyValue = 'DataTransformations';

/** The key of that item; undefined where a table with such keys cannot have it. */
export function predecessorKey({ keys }: TableShape): Image | undefined {
  return keys.every(({ type }) => type === 'S') ? Object.fromEntries(keys.map(({ name }) => [name, { S: keyValue }])) : undefined;
}

/** True for the item of dynamo-data-transform itself. */
export function isPredecessorItem({ keys }: TableShape, image: Image): boolean {
  return keys.every(({ name }) => {
    const value = image[name];
    return value !== undefined && 'S' in value && value.S === keyValue;
  });
}

/**
 * The sequences that dynamo-data-transform has applied and not rolled back, in their order: `executionState`, a list of numbers.
 *
 * @throws RunError InvalidInput where the item holds something else
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
