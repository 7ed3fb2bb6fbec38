import { RunError } from '../../errors.ts';
import type { RunStep } from '../../ledger/run.ts';
import type { Version } from '../../ledger/versions/version.ts';
import type { BoundContext, Direction, Transformation } from '../../transformation/contract.ts';
import { isFoundAgain, needsPreparation, type Scope, scopeOf, unresolvedScope } from '../../transformation/scope.ts';
import { isSameScope, type ScopeRef } from '../../transformation/scope-ref.ts';
import type { TableShape } from '../../values/table-shape.ts';

/** What DynamoDB tells of an index, besides its keys. */
export interface IndexDetails {
  /** About how many items it has. */
  items: number;
  bytes: number;
  /** It is still being built, or deleted: it does not show all items. */
  isIncomplete: boolean;
}

interface ScopedTable {
  shape: TableShape;
  indexDetails?: Readonly<Record<string, IndexDetails>> | undefined;
  /** Milliseconds that a global index may lag behind the table; default `indexLagMs`. */
  indexLagMs?: number | undefined;
}

/** A step with its scope; `scope` is undefined if it is about all items, or until its preparation is known. */
export interface ScopedStep {
  step: RunStep;
  scope: Scope | undefined;
}

/**
 * The scope of a step. A run down goes through the whole table, unless all items that runs up wrote can be found by the scope.
 *
 * @param version as the ledger knows it
 * @throws RunError InvalidScope: when the partitions cannot be listed, or the index is not complete
 */
export function scopedStep(
  step: RunStep,
  transformation: Transformation,
  { shape, indexDetails = {}, indexLagMs }: ScopedTable,
  { context, version }: { context: BoundContext; version: Version | undefined },
): ScopedStep {
  if (!transformation.only || (context.direction === 'down' && !isFoundAgain(transformation, shape))) return { step, scope: undefined };
  refuseIncomplete(transformation, context, indexDetails);
  if (needsPreparation(transformation)) {
    const ref = context.direction === 'up' || version?.scopes?.length === 1 ? unresolvedScope(transformation, shape) : undefined;
    return { step: { ...step, ...(ref ? { scope: lagging(ref, indexLagMs) } : {}) }, scope: undefined };
  }
  const scope = scopeOf(transformation, shape, context, (name) => indexDetails[name]?.items ?? 0);
  if (!scope || !isUsable(scope.ref, context.direction, version)) return { step, scope: undefined };
  return { step: { ...step, scope: lagging(scope.ref, indexLagMs) }, scope };
}

function lagging(ref: ScopeRef, lagMs = ref.lagMs): ScopeRef {
  return ref.lagMs === undefined ? ref : { ...ref, lagMs };
}

/** Up, always; down, if runs up had no other scope. */
export function isUsable(scope: ScopeRef, direction: Direction, version: Pick<Version, 'scopes'> | undefined): boolean {
  return direction === 'up' || (version?.scopes?.length === 1 && version.scopes.every((known) => isSameScope(known, scope)));
}

function refuseIncomplete(
  { only, file, sequence }: Transformation,
  { table }: BoundContext,
  details: Readonly<Record<string, IndexDetails>>,
): void {
  if (only?.index === undefined || !details[only.index]?.isIncomplete) return;
  throw new RunError(
    'InvalidScope',
    `Index "${only.index}", which "only" in ${file ?? 'the file'} names, is being built or deleted, so it does not show all items. Wait until \`aws dynamodb describe-table\` shows it as ACTIVE, and start again.`,
    { fields: { table, sequence, file } },
  );
}
