import type { TableShape } from '../../core/values/table-shape.ts';

/** The parts of a request that select attributes. @param attributes undefined for whole items */
export function projectionOf(
  { keys }: TableShape,
  attributes: readonly string[] | undefined,
  besides: readonly string[] = [],
): { ProjectionExpression?: string; ExpressionAttributeNames?: Record<string, string> } {
  if (!attributes) return {};
  const names = [...new Set([...keys.map(({ name }) => name), ...attributes, ...besides])];
  return {
    ProjectionExpression: names.map((_, index) => `#p${index}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#p${index}`, name])),
  };
}
