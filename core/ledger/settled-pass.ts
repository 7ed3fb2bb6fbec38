import { type AttributeCount, mergeAttributeCounts } from './attribute-counts.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Control } from './control.ts';
import type { Counters } from './counters.ts';
import { maxBucketsOfPass, mergeTimelines, type Timeline } from './timeline.ts';

/** What stays of a pass when its checkpoints are gone: bounded, however many segments it had. */
export interface SettledPass {
  run: string;
  pass: number;
  sequence: number;
  counters: Counters;
  timeline?: Timeline | undefined;
  attributes: readonly AttributeCount[];
}

export function summarizePass(
  { run, pass, sequence }: Pick<Control, 'run' | 'pass' | 'sequence'>,
  checkpoints: Iterable<Checkpoint>,
  counters: Counters,
): SettledPass {
  const all = [...checkpoints];
  return {
    run,
    pass,
    sequence,
    counters,
    timeline: mergeTimelines(
      all.map(({ timeline }) => timeline),
      maxBucketsOfPass,
    ),
    attributes: mergeAttributeCounts(all.map(({ attributes }) => attributes)),
  };
}
