import type { Checkpoint } from '../../core/ledger/checkpoint.ts';

/** The state of a segment, or of a group of segments: the group has the first of these states that one of its segments has. */
const segmentStates = ['failed', 'underWay', 'notBegun', 'done'] as const;
export type SegmentState = (typeof segmentStates)[number];

export function stateOf(checkpoint: Checkpoint | undefined): SegmentState {
  if (!checkpoint) return 'notBegun';
  if (checkpoint.counters.failed > 0) return 'failed';
  return checkpoint.done ? 'done' : 'underWay';
}

/** The states of all segments, in their order. */
export function statesOf(totalSegments: number, checkpoints: readonly Checkpoint[]): SegmentState[] {
  const bySegment = new Map(checkpoints.map((checkpoint) => [checkpoint.segment, checkpoint]));
  return Array.from({ length: totalSegments }, (_, segment) => stateOf(bySegment.get(segment)));
}

/** The states in up to `max` groups of neighbours. A group with a failed segment is failed; otherwise a group in which any segment was begun is under way. */
export function grouped(states: readonly SegmentState[], max: number): SegmentState[] {
  const count = Math.min(states.length, Math.max(1, max));
  const edge = (group: number): number => Math.round((group * states.length) / count);
  return Array.from({ length: count }, (_, group) => stateOfGroup(states.slice(edge(group), edge(group + 1))));
}

function stateOfGroup(states: readonly SegmentState[]): SegmentState {
  if (states.includes('failed')) return 'failed';
  const [first = 'notBegun'] = states;
  return states.every((state) => state === first) ? first : 'underWay';
}
