import type { RunStep } from '../ledger/run.ts';
import { maySeemSmall } from '../run/map-size.ts';
import { groupsOf, withSweepGroups } from '../run/steps/sweep-groups.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { RunFigures } from './estimate/estimate-run.ts';
import type { Extent } from './estimate/extrapolate.ts';
import { type EstimateOptions, planEstimate } from './estimate/plan-estimate.ts';
import { togetherFigures } from './estimate/together-figures.ts';
import { isLoaded } from './local-file.ts';
import type { PlannedScope } from './plan-scopes.ts';
import type { PlannedTable } from './planned-table.ts';
import type { PlanEstimate } from './table-plan.ts';
import type { PendingTrial } from './try-pending.ts';

/**
 * Estimates a run over the pending versions from their trials.
 *
 * @param scopes of the versions that are about some items only, by sequence
 * @returns null if no version was tried, or the size of the table is not known
 */
export function estimateTrials(
  trials: readonly PendingTrial[],
  { table, profile, others }: Pick<PlannedTable, 'table' | 'profile' | 'others'>,
  { extent, scopes }: { extent: Extent; scopes: ReadonlyMap<number, PlannedScope> },
  options: EstimateOptions & { oneByOne?: boolean | undefined },
): PlanEstimate | null {
  const { bytes, items = 0 } = extent;
  if (bytes === undefined || !trials.some(({ trial }) => trial)) return null;
  const groups = groupsOf(sweptTogether(table, trials, options.oneByOne));
  const figures = {
    bytes,
    isSmall: maySeemSmall(profile) && maySeemSmall({ items, bytes }),
    replicas: profile.replicaRegions.length,
    versions: groups.flatMap((group) => sweepFigures(group, profile.shape, scopes)),
  };
  const declared = trials.flatMap(({ file }) => (isLoaded(file) ? [file.transformation.declared] : []));
  const without = trials.flatMap(({ trial, file }) => (trial ? [] : [file.sequence]));
  return { ...planEstimate(figures, { ...profile, others }, declared, without, options), ...togetherIn(groups) };
}

type PlannedStep = RunStep & { made: PendingTrial };

/** The pending versions, each of which says whether a run sweeps it together with the one before it. */
function sweptTogether(table: string, trials: readonly PendingTrial[], oneByOne: boolean | undefined): PlannedStep[] {
  const madeOf = new Map(trials.map((made) => [made.file.sequence, made]));
  const steps = trials.map(({ file }): RunStep => {
    const prepares = isLoaded(file) && file.transformation.prepare !== undefined;
    return { sequence: file.sequence, checksum: file.checksum, prepares };
  });
  const transformationOf = (sequence: number) => {
    const made = madeOf.get(sequence);
    return made?.trial && isLoaded(made.file) ? made.file.transformation : undefined;
  };
  const inGroups = oneByOne ? steps : withSweepGroups(steps, { table, transformationOf });
  return inGroups.flatMap((step) => {
    const made = madeOf.get(step.sequence);
    return made ? { ...step, made } : [];
  });
}

/** The figures of a sweep: of one version, or of several together. */
function sweepFigures(
  group: readonly PlannedStep[],
  shape: TableShape,
  scopes: ReadonlyMap<number, PlannedScope>,
): RunFigures['versions'][number][] {
  const tried = group.flatMap(({ made }) => (made.trial ? [made] : []));
  const [first, last] = [tried[0], tried.at(-1)];
  if (!first || !last) return [];
  if (tried.length === 1) return [{ ...first.trial, writeUnits: first.writeUnits, ofScope: scopeFigures(scopes.get(first.file.sequence)) }];
  return [togetherFigures(first.before, last.trial.items, shape)];
}

function togetherIn(groups: readonly (readonly PlannedStep[])[]): Pick<PlanEstimate, 'together'> {
  const together = groups.filter((group) => group.length > 1).map((group) => group.map(({ sequence }) => sequence));
  return together.length > 0 ? { together } : {};
}

function scopeFigures(scope: PlannedScope | undefined): { readUnits: number; segments: number } | undefined {
  return scope && scope.passUnits > 0 ? { readUnits: scope.passUnits, segments: scope.scope.ref.segments } : undefined;
}
