import type { Output } from '../terminal/output.ts';
import { grouped, type SegmentState } from './segment-states.ts';

/** The marks differ in shape, not only in colour: colours may be off, and some people cannot tell them apart. */
const marks: Record<SegmentState, { mark: string; style: Parameters<Output['styled']>[0] }> = {
  done: { mark: '█', style: 'green' },
  underWay: { mark: '▒', style: 'yellow' },
  failed: { mark: '✗', style: 'red' },
  notBegun: { mark: '·', style: 'dim' },
};

/** One mark for each segment, or for each group of neighbours if there are more segments than columns. */
export function segmentMap(states: readonly SegmentState[], width: number, { styled }: Pick<Output, 'styled'>): string {
  let map = '';
  const cells = grouped(states, width);
  for (let from = 0; from < cells.length; ) {
    const state = cells[from] ?? 'notBegun';
    const end = cells.findIndex((cell, index) => index > from && cell !== state);
    const to = end === -1 ? cells.length : end;
    map += styled(marks[state].style, marks[state].mark.repeat(to - from));
    from = to;
  }
  return map;
}
