import type { Control } from '../../core/ledger/control.ts';
import type { Run } from '../../core/ledger/run.ts';
import { type ScopeRef, segmentsWithin } from '../../core/transformation/scope-ref.ts';
import { whole } from '../terminal/in-words.ts';

/** What the segments of a pass read. */
export interface PassReads {
  totalSegments: number;
  /** In one sentence. */
  summary: string;
  /** What one of them reads; undefined for a slice of the table, of which its number says all. */
  ofSegment?: ((segment: number) => string) | undefined;
}

/** What the segments of a pass read. The control knows more of the version that it is at: the partitions may depend on its preparation. */
export function readsOfPass(run: Pick<Run, 'steps' | 'totalSegments'>, control: Control | undefined, sequence: number): PassReads {
  const isPresent = control?.sequence === sequence;
  const scope = isPresent ? control.scope : run.steps.find((step) => step.sequence === sequence)?.scope;
  const totalSegments = isPresent ? control.totalSegments : segmentsWithin(scope, run.totalSegments);
  if (!scope) return { totalSegments, summary: 'Each segment is a segment of the parallel Scan of the table.' };
  return { totalSegments, ...ofScope(scope, totalSegments) };
}

function ofScope({ kind, index, partitions }: ScopeRef, totalSegments: number): Omit<PassReads, 'totalSegments'> {
  const place = index === undefined ? 'the table' : `index ${index}`;
  if (kind === 'index')
    return {
      summary: `Each segment is a slice of ${place}, as \`only\` says.`,
      ofSegment: (segment) => `slice ${whole(segment + 1)} of ${whole(totalSegments)} of ${place}`,
    };
  const count = partitions === undefined ? 'partitions' : `${whole(partitions)} partitions`;
  return {
    summary: `Each segment is a part of the ${count} of ${place} that \`only\` gives.`,
    ofSegment: (segment) => partitionsInWords(segment, totalSegments, partitions),
  };
}

/** The partitions by their place in the list: their values can be item data. */
function partitionsInWords(segment: number, totalSegments: number, partitions: number | undefined): string {
  const first = whole(segment + 1);
  if (partitions === undefined) return `partition ${first} of the list, and each ${ordinal(totalSegments)} after it`;
  const count = Math.max(0, Math.ceil((partitions - segment) / totalSegments));
  if (count === 0) return 'no partition';
  if (count === 1) return `partition ${first} of ${whole(partitions)}`;
  return `${whole(count)} of ${whole(partitions)} partitions: number ${first}, and each ${ordinal(totalSegments)} after it`;
}

function ordinal(count: number): string {
  const [tens, ones] = [count % 100, count % 10];
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][ones] ?? 'th');
  return `${whole(count)}${ending}`;
}
