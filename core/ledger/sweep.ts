import { codeOf } from '../transformation/catalog.ts';
import { Digest } from '../values/digest.ts';
import { type Checkpoint, countMember, countPass } from './checkpoint.ts';
import type { Control, TogetherStep } from './control.ts';
import { noCounters } from './counters.ts';
import type { RunStep } from './run.ts';
import type { Version } from './versions/version.ts';
import {
  byOtherCode,
  carriedOver,
  isWholePass,
  lookingAnew,
  settledWith,
  settledWithUndo,
  type VersionWork,
  withPass,
  workOf,
} from './versions/version-counters.ts';

/** The versions of the present pass, in their order. */
export function sequencesOf({ sequence, together = [] }: Pick<Control, 'sequence' | 'together'>): number[] {
  return [sequence, ...together.map((step) => step.sequence)];
}

/** By which code the present pass is made: of one version, or of several that are swept together. */
export function codeOfPass({ together = [], ...present }: Pick<Control, 'checksum' | 'bundleChecksum' | 'together'>): string {
  if (together.length === 0) return codeOf(present);
  const digest = new Digest();
  for (const code of [present, ...together]) digest.add(codeOf(code));
  return `together:${digest}`;
}

/** The control as if the present pass swept this version alone: one that it sweeps together with others. */
export function controlOfMember(control: Control, { counters, isCovered, ...step }: TogetherStep): Control {
  const { checksum, bundleChecksum, packages, file, given, journals, sequence } = step;
  return {
    ...control,
    ...{ sequence, checksum, bundleChecksum, packages, file, given, journals },
    together: control.together && [],
    prepares: false,
    preparation: undefined,
    settled: { run: control.settled.run, sequence: counters, isCovered },
  };
}

/** The controls of all versions of the present pass, as if each were swept alone. */
export function controlsOf(control: Control): Control[] {
  const { together } = control;
  if (!together?.length) return [control];
  return [{ ...control, together: [] }, ...together.map((step) => controlOfMember(control, step))];
}

/**
 * The steps that are swept together with the one at this index.
 *
 * @param work what was done for a version before
 */
export function togetherAt(
  steps: readonly RunStep[],
  index: number,
  work: (sequence: number) => VersionWork | undefined,
): { together?: readonly TogetherStep[] } {
  const end = steps.findIndex(({ joins }, at) => at > index && !joins);
  const group = steps.slice(index + 1, end === -1 ? undefined : end);
  const isGrouped = steps.some(({ joins }) => joins);
  if (!isGrouped) return {};
  return {
    together: group.map(({ sequence, checksum, bundleChecksum, packages, file, given, journals }) => {
      const { counters, isCovered } = work(sequence) ?? {};
      return { sequence, checksum, bundleChecksum, packages, file, given, journals, counters, isCovered };
    }),
  };
}

/** What runs before did for the versions of a run up. */
export function workUp(versions: readonly Version[]): (sequence: number) => VersionWork | undefined {
  return (sequence) =>
    carriedOver(
      versions.find((version) => version.sequence === sequence),
      'up',
    );
}

/** The control with the counters of the present pass, as it is over. */
export function withSettledPass(control: Control, checkpoints: readonly Checkpoint[]): Control {
  const { settled, together, undoes, totalSegments } = control;
  const counted = countPass(checkpoints);
  if (undoes) return { ...control, settled: settledWithUndo(settled, counted) };
  const isWhole = isWholePass(totalSegments, checkpoints);
  const { run, ...alone } = settledWith(settled, counted, isWhole);
  if (!together?.length) return { ...control, settled: { run, ...alone } };
  const first = settledWith(settled, countMember(checkpoints, control.sequence), isWhole);
  return {
    ...control,
    settled: { ...first, run },
    together: together.map((step) => {
      const before = step.counters && { counters: step.counters, isCovered: step.isCovered ?? false };
      return { ...step, ...withPass(before, countMember(checkpoints, step.sequence), isWhole) };
    }),
  };
}

/** What was done for each version of the present pass, with the pass as far as it is. */
export function worksOf(control: Control, checkpoints: readonly Checkpoint[]): ReadonlyMap<number, VersionWork> {
  if (!control.together?.length) return new Map([[control.sequence, workOf(control, checkpoints)]]);
  const { settled, together } = withSettledPass(control, checkpoints);
  const done = [{ sequence: control.sequence, counters: settled.sequence, isCovered: settled.isCovered }, ...(together ?? [])];
  return new Map(done.map(({ sequence, counters = noCounters(), isCovered = false }) => [sequence, { counters, isCovered }]));
}

/** The control with its counters, as other code goes on. */
export function byOtherCodes(control: Control): Control {
  const { settled, together } = control;
  return {
    ...control,
    settled: byOtherCode(settled),
    ...(together
      ? {
          together: together.map(({ counters, isCovered = false, ...step }) =>
            counters ? { ...step, ...lookingAnew({ counters, isCovered }) } : { ...step, isCovered },
          ),
        }
      : {}),
  };
}
