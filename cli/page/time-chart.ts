import type { Measured, Timeline } from '../../core/ledger/timeline.ts';
import { whole } from '../terminal/in-words.ts';
import { type Html, html } from './html.ts';
import type { BudgetStep } from './run-events.ts';
import { type TimeScale, timeScale } from './time-scale.ts';

/** A measure over time. */
export interface Series {
  /** The name of the measure, printed at the end of its line, so that no legend is needed. */
  name: string;
  measure: keyof Measured;
  /** Its colour, as a class of the page's style. */
  tone: 'first' | 'second' | 'alert';
  shape: 'area' | 'line' | 'bars';
}

export interface TimeChart {
  id: string;
  title: string;
  /** A description of the chart for screen readers. */
  description: string;
  /** The unit of the vertical axis; rates are per second. */
  unit: string;
  series: readonly Series[];
  /** A rate that should not be exceeded, such as the budget, and how it changed. */
  limit?: { name: string; steps: readonly BudgetStep[] } | undefined;
  /** Moments at which a vertical line is drawn. */
  passes: readonly Mark[];
  events: readonly Mark[];
  /** The marks have their names here; false if a chart above names them. */
  hasNames: boolean;
}

interface Mark {
  /** Milliseconds since 1970. */
  at: number;
  name: string;
}

const bottom = 24;
/** Of the axes alone, without the names above them. */
const innerHeight = 96;
/** Rows for the names of marks, above the axes. */
const nameRow = 14;
/** Pixels for the names at the right: the same in all charts, so that their time axes are aligned. */
const labelColumns = 84;
/** Max width of a letter of the labels, in pixels. */
const letterWidth = 6.6;
/** The same of the names of events, which are bold. */
const boldLetterWidth = 8.2;

/** Draws the chart once for wide and once for narrow pages: text keeps its size, and no script is needed for the layout. */
export function timeChart(chart: TimeChart, timeline: Timeline): Html {
  return html`<div class="wide">${draw(chart, timeline, 760, `${chart.id}-w`)}</div><div class="narrow">${draw(chart, timeline, 320, `${chart.id}-n`)}</div>`;
}

function draw(chart: TimeChart, timeline: Timeline, width: number, id: string): Html {
  const { title, description, unit, series, limit, events, hasNames } = chart;
  // Names of events have two rows, so that two marks beside each other can both be named.
  const top = 30 + (hasNames && events.length > 0 ? 2 * nameRow : 0);
  const height = top + innerHeight + bottom;
  const right = width - labelColumns;
  const left = 48;
  const scale = timeScale(timeline, left, right);
  if (!scale) return html``;
  const perSecond = (units: number): number => (units / timeline.widthMs) * 1000;
  const highest = Math.max(
    ...(limit?.steps.map(({ rate }) => rate ?? 0) ?? []),
    ...timeline.buckets.flatMap((bucket) => series.map(({ measure }) => perSecond(bucket[measure]))),
  );
  const steps = verticalSteps(highest);
  const maxRate = steps.at(-1) ?? 1;
  const base = height - bottom;
  const y = (rate: number): number => base - (rate / maxRate) * (base - top);
  const lastLimit = limit?.steps.findLast(({ rate }) => rate !== undefined)?.rate;
  const labels = apart(top, height, [
    ...series.map(({ name, measure, tone }) => ({ name, tone, y: y(perSecond(timeline.buckets.at(-1)?.[measure] ?? 0)) })),
    ...(limit && lastLimit !== undefined ? [{ name: limit.name, tone: 'limit' as const, y: y(lastLimit) }] : []),
  ]);
  return html`<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}-t ${id}-d" class="chart">
<title id="${id}-t">${title}</title><desc id="${id}-d">${description}</desc>
<text class="axis" x="0" y="11">${unit}</text>
${steps.map((step) => html`<line class="grid" x1="${left}" x2="${round(right)}" y1="${round(y(step))}" y2="${round(y(step))}"/><text class="axis" x="${left - 6}" y="${round(y(step) + 4)}" text-anchor="end">${short(step)}</text>`)}
${passMarks(chart, scale, right, top, base)}
${eventMarks(chart, scale, right, base)}
${timeAxis(scale, right, base)}
${series.map((one) => marksOf(one, timeline, scale, (rate) => y(perSecond(rate)), base))}
${limit && html`<path class="limit" d="${limitPath(limit.steps, scale, y, right)}"/>`}
${labels.map(({ name, tone, y: at }) => html`<text class="label" x="${round(right + (tone === 'limit' ? 6 : 18))}" y="${round(at + 4)}">${name}</text>${tone !== 'limit' && html`<line class="key ${tone}" x1="${round(right + 5)}" x2="${round(right + 14)}" y1="${round(at)}" y2="${round(at)}"/>`}`)}
${timeline.buckets.map((bucket) => html`<rect class="hit" x="${round(scale.x(bucket.index * timeline.widthMs))}" y="${top}" width="${round(Math.max(1, scale.x((bucket.index + 1) * timeline.widthMs - 1) - scale.x(bucket.index * timeline.widthMs)))}" height="${base - top}"><title>${new Date(bucket.index * timeline.widthMs).toISOString().slice(11, 19)} UTC: ${series.map(({ name, measure }) => `${name} ${precise(perSecond(bucket[measure]))} ${unit}`).join(', ')}</title></rect>`)}
</svg>`;
}

function passMarks({ passes, hasNames }: TimeChart, scale: TimeScale, right: number, top: number, base: number): Html[] {
  let free = 0;
  return passes.map(({ at, name }) => {
    const x = scale.x(at);
    // A name is left out if it would overlap the next one, or the end of the axis.
    const fits = hasNames && x >= free && x + name.length * letterWidth <= right + labelColumns - 8;
    if (fits) free = x + name.length * letterWidth + 10;
    return html`<line class="pass" x1="${round(x)}" x2="${round(x)}" y1="${top - (fits ? 17 : 4)}" y2="${base}"/>${fits && html`<text class="axis" x="${round(x + 4)}" y="${top - 8}">${name}</text>`}`;
  });
}

/** What was done to the run: a line with a name. A name without room is left out; the table of events has it. */
function eventMarks({ events, hasNames }: TimeChart, scale: TimeScale, right: number, base: number): Html[] {
  // The unit of the axis stands at the left of the first row.
  const free = [52, 0];
  return events.map(({ at, name }) => {
    const x = scale.x(at);
    const width = name.length * boldLetterWidth;
    const start = Math.min(x + 4, right + labelColumns - 8 - width);
    const row = hasNames ? free.findIndex((from) => start >= from) : -1;
    if (row >= 0) free[row] = start + width + 8;
    const y1 = !hasNames ? 26 : row >= 0 ? 3 + row * nameRow : 2 * nameRow + 4;
    return html`<line class="event" x1="${round(x)}" x2="${round(x)}" y1="${y1}" y2="${base}"/>${row >= 0 && html`<text class="event-name" x="${round(start)}" y="${12 + row * nameRow}">${name}</text>`}`;
  });
}

/** Level until it was changed: a budget has no slope. A time without a limit is a gap. */
function limitPath(steps: readonly BudgetStep[], scale: TimeScale, y: (rate: number) => number, right: number): string {
  const parts = steps.map(({ from, rate }, index) => {
    if (rate === undefined) return '';
    const next = steps[index + 1];
    const [x0, x1, level] = [round(scale.x(from)), round(next ? scale.x(next.from) : right), round(y(rate))];
    return `M${x0} ${level}L${x1} ${level}${next?.rate === undefined ? '' : `L${x1} ${round(y(next.rate))}`}`;
  });
  return parts.join('');
}

function timeAxis({ ticks, label, stretches }: TimeScale, right: number, base: number): Html {
  return html`${ticks.map(({ x, label: text }, index) => {
    const half = (text.length * letterWidth) / 2;
    return (
      x + half <= right + 10 &&
      html`<line class="tick" x1="${round(x)}" x2="${round(x)}" y1="${base}" y2="${base + 4}"/><text class="axis" x="${round(Math.max(x, half))}" y="${base + 17}" text-anchor="middle" data-tick="${index}">${text}</text>`
    );
  })}<text class="axis" x="${round(right + 18)}" y="${base + 17}">${label}</text>${stretches.slice(1).map(({ x0 }) => html`<path class="break" d="M${round(x0 - 17)} ${base + 4}l6 -8m2 8l6 -8"><title>idle time, left out</title></path>`)}`;
}

function marksOf(
  { measure, tone, shape }: Series,
  { buckets, widthMs }: Timeline,
  { x }: TimeScale,
  y: (units: number) => number,
  base: number,
): Html {
  const edges = buckets.map((bucket) => ({
    index: bucket.index,
    x0: x(bucket.index * widthMs),
    x1: Math.max(x((bucket.index + 1) * widthMs - 1), x(bucket.index * widthMs) + 1),
    y: y(bucket[measure]),
  }));
  if (shape === 'bars')
    return html`${edges.filter((edge) => edge.y < base).map((edge) => html`<rect class="bar ${tone}" x="${round(edge.x0)}" y="${round(Math.min(edge.y, base - 2))}" width="${round(Math.max(2, edge.x1 - edge.x0 - 1))}" height="${round(Math.max(2, base - edge.y))}"/>`)}`;
  // Drawn in steps, since only the mean rate of a bucket is known: a line between the middles would show rates that were not measured.
  const path = edges.map((edge, position) => {
    const follows = edges[position - 1]?.index === edge.index - 1;
    const ends = edges[position + 1]?.index !== edge.index + 1;
    return `${follows ? 'L' : `M${round(edge.x0)} ${base}L`}${round(edge.x0)} ${round(edge.y)}L${round(edge.x1)} ${round(edge.y)}${ends ? `L${round(edge.x1)} ${base}` : ''}`;
  });
  return html`${shape === 'area' && html`<path class="area ${tone}" d="${path.join('')}"/>`}<path class="line ${tone}" d="${path.join('')}"/>`;
}

/** Labels at the ends of the lines, moved apart if they would overlap. */
function apart<Label extends { y: number }>(top: number, height: number, labels: readonly Label[]): Label[] {
  const sorted = labels
    .toSorted((a, b) => a.y - b.y)
    .map((label) => ({ ...label, y: Math.max(top, Math.min(label.y, height - bottom - 6)) }));
  for (let index = sorted.length - 2; index >= 0; index--) {
    const [upper, lower] = [sorted[index], sorted[index + 1]];
    if (upper && lower) upper.y = Math.min(upper.y, lower.y - 14);
  }
  return sorted;
}

/** Round numbers from 0 to above the highest rate. */
function verticalSteps(highest: number): number[] {
  const rough = Math.max(highest, 0.001) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(highest / step - 1e-9) + 1 }, (_, index) => index * step);
}

function short(value: number): string {
  if (value >= 1_000_000) return `${Number((value / 1_000_000).toPrecision(3))}M`;
  if (value >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return value >= 1 || value === 0 ? whole(value) : String(Number(value.toPrecision(2)));
}

/** `1,234` or `0.25` */
export function precise(value: number): string {
  return value >= 10 || value === 0 ? whole(value) : String(Number(value.toPrecision(2)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
