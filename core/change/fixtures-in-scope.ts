import { RunError } from '../errors.ts';
import type { Transformation } from '../transformation/contract.ts';
import { listPartitions, type ScopeContext } from '../transformation/list-partitions.ts';
import { isInScope, needsPreparation, readBy, scopeOf } from '../transformation/scope.ts';
import type { Image } from '../values/attribute-value.ts';
import type { TableShape } from '../values/table-shape.ts';

interface FixtureScope {
  /** True for a fixture for which a run would call the functions. */
  includes: (image: Image) => boolean;
  problems: string[];
}

/** Which fixtures the version is about. If the keys by which a run finds items are not known, it is about all of them. */
export function fixturesInScope(transformation: Transformation, shape: TableShape, context: ScopeContext): FixtureScope {
  const all = () => true;
  const { only } = transformation;
  // A list that follows from a preparation is looked at only if the test gives one.
  if (!only || (needsPreparation(transformation) && context.preparation === undefined)) return { includes: all, problems: [] };
  try {
    if (readBy(only, shape).keys.length > 0) {
      const scope = scopeOf(transformation, shape, context);
      return { includes: scope ? isInScope(scope) : all, problems: [] };
    }
    listPartitions(transformation, context);
    return { includes: all, problems: [] };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return { includes: all, problems: [`only: ${error.name}: ${error.message}`] };
  }
}
