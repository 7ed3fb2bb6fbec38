import type { RunStep } from '../../ledger/run.ts';
import type { Transformation } from '../../transformation/contract.ts';
import { insertsOrDeletes } from '../../transformation/footprint.ts';
import type { RunInput } from '../run-input.ts';

/** A transaction of the ledger takes 100 actions, and each version is one of them when the group begins, and one when it ends. */
export const maxTogether = 10;

/** Which steps of a run can be swept together, and which must not. */
export interface GroupOptions {
  /** Logical name of the table. */
  table: string;
  /** By its sequence; undefined if it is not known. */
  transformationOf(sequence: number): Transformation | undefined;
}

/** Whether a run sweeps versions together: one that writes, up, by deployed code, and was not asked to do otherwise. */
export function mayBeGrouped({
  direction,
  dryRun,
  prepareOnly,
  again,
  keptCode,
  rewrite,
  oneByOne,
}: Pick<RunInput, 'direction' | 'dryRun' | 'prepareOnly' | 'again' | 'keptCode' | 'rewrite' | 'oneByOne'>): boolean {
  return direction === 'up' && !dryRun && !prepareOnly && again === undefined && !keptCode && !rewrite && !oneByOne;
}

/**
 * The steps, each of which says whether it is swept together with the one before it. Versions are swept together if each of them
 *
 * 1. changes its own item only, and is about all items: what one inserts, deletes, moves, or writes to another table is something that those behind
 *    it could find, and an `only` could find other items after one before it.
 * 2. declares no look-up in its own table, where the versions before it are not done yet.
 * 3. needs no preparation, unless it is the first: `prepare` reads what the versions before it have made.
 * 4. writes other attributes than those before it in the group. So each of them can be taken back without the others, in any half-way state.
 * 5. has the same `versionAttribute`, which the condition of their common write names.
 */
export function withSweepGroups(steps: readonly RunStep[], options: GroupOptions): RunStep[] {
  let group: Transformation[] = [];
  return steps.map(({ joins: _, ...step }) => {
    const transformation = options.transformationOf(step.sequence);
    const isSimple = transformation !== undefined && mayBeIn(transformation, step, options);
    const joins = isSimple && group.length > 0 && group.length < maxTogether && !step.prepares && fits(transformation, group);
    if (joins) group.push(transformation);
    else group = isSimple ? [transformation] : [];
    return joins ? { ...step, joins: true } : step;
  });
}

/** The steps without the groups of these sequences, if one of the group is among them. */
export function withoutGroups(steps: readonly RunStep[], apart: ReadonlySet<number>): RunStep[] {
  return groupsOf(steps).flatMap((group) =>
    group.some(({ sequence }) => apart.has(sequence)) ? group.map(({ joins: _, ...step }) => step) : group,
  );
}

/** The steps by the groups in which they are swept, in their order. */
export function groupsOf<S extends Pick<RunStep, 'joins'>>(steps: readonly S[]): S[][] {
  const groups: S[][] = [];
  for (const step of steps) {
    const group = step.joins ? groups.at(-1) : undefined;
    if (group) group.push(step);
    else groups.push([step]);
  }
  return groups;
}

function mayBeIn(
  { declared, seed, only, lookups = {} }: Transformation,
  { kept, rewrites, by }: RunStep,
  { table }: GroupOptions,
): boolean {
  const looksInOwn = Object.values(lookups).some((given) => (typeof given === 'string' ? given : given.table) === table);
  return !kept && !rewrites && !by && !only && !seed && !looksInOwn && !insertsOrDeletes(declared);
}

function fits(transformation: Transformation, group: readonly Transformation[]): boolean {
  const written = new Set(group.flatMap(writtenBy));
  return (
    group.every(({ versionAttribute }) => versionAttribute === transformation.versionAttribute) &&
    !writtenBy(transformation).some((name) => written.has(name))
  );
}

function writtenBy({ declared: { adds, overwrites, removes } }: Transformation): string[] {
  return [...adds, ...overwrites, ...removes];
}
