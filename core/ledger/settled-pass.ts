import { type AttributeCount, mergeAttributeCounts } from './attribute-counts.ts';
import { type Checkpoint, countMember, hasJournal, type MemberCounters } from './checkpoint.ts';
import type { Control } from './control.ts';
import type { Counters } from './counters.ts';
import { maxBucketsOfPass, mergeTimelines, type Timeline } from './timeline.ts';

/** What stays of a pass when its checkpoints are gone: bounded, however many segments it had. */
export interface SettledPass {
  run: string;
  pass: number;
  sequence: number;
  counters: Counters;
  /** What was counted for each version, if several were swept together. */
  members?: readonly MemberCounters[] | undefined;
  timeline?: Timeline | undefined;
  attributes: readonly AttributeCount[];
  /** Segments that have a journal: if the checkpoint of one is gone, nobody knows its objects. Undefined if there were none. */
  journaled?: number | undefined;
}

export function summarizePass(
  { run, pass, sequence }: Pick<Control, 'run' | 'pass' | 'sequence'>,
  checkpoints: Iterable<Checkpoint>,
  counters: Counters,
): SettledPass {
  const all = [...checkpoints];
  const journaled = all.filter(hasJournal).length;
  return {
    run,
    pass,
    sequence,
    counters,
    ...membersOf(all),
    timeline: mergeTimelines(
      all.map(({ timeline }) => timeline),
      maxBucketsOfPass,
    ),
    attributes: mergeAttributeCounts(all.map(({ attributes }) => attributes)),
    ...(journaled > 0 ? { journaled } : {}),
  };
}

function membersOf(checkpoints: readonly Checkpoint[]): Pick<SettledPass, 'members'> {
  const sequences = new Set(checkpoints.flatMap(({ members = [] }) => members.map(({ sequence }) => sequence)));
  if (sequences.size === 0) return {};
  return { members: [...sequences].map((sequence) => ({ sequence, counters: countMember(checkpoints, sequence).all })) };
}
