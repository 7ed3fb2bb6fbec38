import { countOf } from '../../core/count-of.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import { spanOf, type Timeline } from '../../core/ledger/timeline.ts';
import { type SegmentState, stateOf } from '../progress/segment-states.ts';
import { whole } from '../terminal/in-words.ts';
import { type Html, html } from './html.ts';
import { timeScale } from './time-scale.ts';

/** A row of the chart: one segment, or, if there are many, several that were begun one after the other. */
export interface Row {
  name: string;
  /** Its number, or that of the first of several. */
  segment: number;
  state: SegmentState;
  from: number | undefined;
  to: number | undefined;
  scanned: number;
  changed: number;
  failed: number;
}

const maxRows = 100;
const [top, bottom] = [8, 24];
/** Min height of a row, in pixels, to have a label. */
const namedFrom = 13;

export const stateInWords: Record<SegmentState, string> = {
  done: 'done',
  underWay: 'under way',
  failed: 'with failed items',
  notBegun: 'not begun',
};
const signs: Record<SegmentState, string> = { done: '', underWay: '▸', failed: '✕', notBegun: '○' };

/** Draws when each segment of a pass was worked on, sorted by start time, so that stragglers are easy to see. */
export function segmentChart(
  id: string,
  title: string,
  timeline: Timeline,
  totalSegments: number,
  checkpoints: readonly Checkpoint[],
): Html {
  const rows = groupsOf(rowsOf(totalSegments, checkpoints));
  const description = describe(rows);
  return html`<div class="wide">${draw(`${id}-w`, title, description, timeline, rows, 760)}</div><div class="narrow">${draw(`${id}-n`, title, description, timeline, rows, 320)}</div>`;
}

/** All segments of a pass, sorted by start time. */
export function rowsOf(totalSegments: number, checkpoints: readonly Checkpoint[]): Row[] {
  const bySegment = new Map(checkpoints.map((checkpoint) => [checkpoint.segment, checkpoint]));
  const rows = Array.from({ length: totalSegments }, (_, segment): Row => {
    const checkpoint = bySegment.get(segment);
    const { scanned = 0, changed = 0, failed = 0 } = checkpoint?.counters ?? {};
    const span = spanOf(checkpoint?.timeline);
    return { name: String(segment), segment, state: stateOf(checkpoint), from: span?.from, to: span?.to, scanned, changed, failed };
  });
  const begun = ({ from }: Row): number => from ?? Number.MAX_SAFE_INTEGER;
  return rows.sort((a, b) => begun(a) - begun(b) || (a.to ?? 0) - (b.to ?? 0));
}

function groupsOf(rows: readonly Row[]): Row[] {
  const count = Math.min(maxRows, rows.length);
  return Array.from({ length: count }, (_, index) => {
    const group = rows.slice(Math.round((index * rows.length) / count), Math.round(((index + 1) * rows.length) / count));
    const [first] = group;
    if (first && group.length === 1) return first;
    const moments = (pick: (row: Row) => number | undefined): number[] => group.flatMap((row) => pick(row) ?? []);
    const sum = (pick: (row: Row) => number): number => group.reduce((total, row) => total + pick(row), 0);
    const states = group.map(({ state }) => state);
    const state = (['failed', 'underWay', 'done', 'notBegun'] as const).find((one) => states.includes(one)) ?? 'notBegun';
    return {
      name: countOf(group.length, 'segment'),
      segment: first?.segment ?? 0,
      state,
      from: moments(({ from }) => from).reduce<number | undefined>((a, b) => Math.min(a ?? b, b), undefined),
      to: moments(({ to }) => to).reduce<number | undefined>((a, b) => Math.max(a ?? b, b), undefined),
      scanned: sum(({ scanned }) => scanned),
      changed: sum(({ changed }) => changed),
      failed: sum(({ failed }) => failed),
    };
  });
}

function describe(rows: readonly Row[]): string {
  const last = rows.filter(({ to }) => to !== undefined).toSorted((a, b) => (b.to ?? 0) - (a.to ?? 0))[0];
  const counted = (['done', 'failed', 'underWay', 'notBegun'] as const).flatMap((state) => {
    const count = rows.filter((row) => row.state === state).length;
    return count > 0 ? [`${countOf(count, 'row')} ${stateInWords[state]}`] : [];
  });
  return `${counted.join(', ')}.${last?.to ? ` The last segment to end is ${last.name}, at ${new Date(last.to).toISOString().slice(11, 19)} UTC.` : ''}`;
}

function draw(id: string, title: string, description: string, timeline: Timeline, rows: readonly Row[], width: number): Html {
  const rowHeight = Math.max(4, Math.min(18, Math.floor(420 / rows.length)));
  const isNamed = rowHeight >= namedFrom;
  const [left, right] = [isNamed ? 40 : 24, width - (width > 500 ? 160 : 84)];
  const scale = timeScale(timeline, left, right);
  if (!scale) return html``;
  const base = top + rowHeight * rows.length;
  const height = base + bottom;
  const barHeight = Math.max(3, rowHeight - (rowHeight > 8 ? 5 : 1));
  return html`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-t ${id}-d" class="chart">
<title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>
<line class="grid" x1="${left}" x2="${right}" y1="${base}" y2="${base}"/>
${scale.ticks.map(({ x, label }) => x + label.length * 3.3 <= right + 8 && html`<line class="grid" x1="${round(x)}" x2="${round(x)}" y1="${top}" y2="${base + 4}"/><text class="axis" x="${round(Math.max(x, label.length * 3.3))}" y="${base + 17}" text-anchor="middle">${label}</text>`)}
<text class="axis" x="${right + 18}" y="${base + 17}">${scale.label}</text>
${rows.map((row, index) => {
  const y = top + index * rowHeight + (rowHeight - barHeight) / 2;
  const middle = round(y + barHeight / 2 + 4);
  const [x0, x1] =
    row.from === undefined || row.to === undefined
      ? [left, left]
      : [scale.x(row.from), Math.max(scale.x(row.to - 1), scale.x(row.from) + 2)];
  const words =
    isNamed &&
    (row.state === 'notBegun'
      ? stateInWords.notBegun
      : width > 500
        ? rowText(row)
        : row.failed > 0
          ? `${whole(row.failed)} failed`
          : whole(row.scanned));
  return html`<g>${isNamed && html`<text class="axis" x="${left - 6}" y="${middle}" text-anchor="end">${row.name}</text>`}
${row.from !== undefined && html`<rect class="segment ${row.state}" x="${round(x0)}" y="${round(y)}" width="${round(x1 - x0)}" height="${barHeight}"><title>${row.name}: ${stateInWords[row.state]}, ${rowText(row)}</title></rect>`}
${row.from !== undefined && row.failed > 0 && html`<rect class="segment failedShare" x="${round(x1 - failedWidth(row, x1 - x0))}" y="${round(y)}" width="${round(failedWidth(row, x1 - x0))}" height="${barHeight}"/>`}
${(isNamed || row.state === 'failed') && signs[row.state] !== '' && html`<text class="sign ${row.state}" x="${round(x1 + 4)}" y="${middle}">${signs[row.state]}</text>`}
${words && html`<text class="label" x="${round(x1 + (signs[row.state] === '' ? 6 : 18))}" y="${middle}">${words}</text>`}</g>`;
})}
</svg>`;
}

/** The part of a bar that is red. A single failed item among many is to be seen, too. */
function failedWidth({ failed, scanned }: Row, width: number): number {
  return Math.min(width, Math.max(2, (width * failed) / Math.max(1, scanned)));
}

function rowText({ scanned, failed }: Row): string {
  return failed > 0 ? `${whole(failed)} failed of ${whole(scanned)}` : countOf(scanned, 'item');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
