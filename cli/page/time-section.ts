import { countOf } from '../../core/count-of.ts';
import { measures, spanOf, type Timeline } from '../../core/ledger/timeline.ts';
import { duration, moment, whole } from '../terminal/in-words.ts';
import { cards } from './cards.ts';
import { docLink, type PageSurroundings } from './documentation.ts';
import { type Html, html } from './html.ts';
import { momentIn } from './local-time.ts';
import { budgetSteps, type RunEvent } from './run-events.ts';
import type { RunPicture } from './run-picture.ts';
import { timelineOf } from './summary-section.ts';
import { precise, type TimeChart, timeChart } from './time-chart.ts';

/** Throughput, capacity against the budget, and throttling, as charts below each other on the same time axis. What did not happen has no chart. */
export function timeSection(picture: RunPicture, surroundings: PageSurroundings): Html | undefined {
  const timeline = timelineOf(picture);
  const { control, run, events } = picture;
  if (!timeline || timeline.buckets.length === 0)
    return events.length > 0 ? html`<section><h2>Over time</h2>${eventTable(events, surroundings)}</section>` : undefined;
  const passes = picture.passes.flatMap(({ pass, sequence, timeline: of }) => {
    const span = spanOf(of);
    return span ? [{ at: span.from, name: `v${sequence} pass ${pass}` }] : [];
  });
  const total = (name: (typeof measures)[number]): number => timeline.buckets.reduce((sum, bucket) => sum + bucket[name], 0);
  const limit = (name: 'writeUnits' | 'readUnits'): TimeChart['limit'] => {
    const steps = budgetSteps(name, control?.budget[name], run.startedAt, control?.marks.events ?? []);
    return steps.some(({ rate }) => rate !== undefined) ? { name: 'budget', steps } : undefined;
  };
  const charts: (Pick<TimeChart, 'id' | 'title' | 'unit' | 'series' | 'limit'> & { of: (typeof measures)[number] })[] = [
    {
      of: 'scanned',
      id: 'items',
      title: 'Throughput',
      unit: 'items/s',
      series: [
        { name: 'scanned', measure: 'scanned', tone: 'first', shape: 'area' },
        ...(total('changed') > 0
          ? [{ name: run.dryRun ? 'to change' : 'changed', measure: 'changed' as const, tone: 'second' as const, shape: 'line' as const }]
          : []),
      ],
    },
    {
      of: 'writeUnits',
      id: 'writes',
      title: 'Write capacity',
      unit: 'units/s',
      series: [{ name: 'writes', measure: 'writeUnits', tone: 'second', shape: 'area' }],
      limit: limit('writeUnits'),
    },
    {
      of: 'readUnits',
      id: 'reads',
      title: 'Read capacity',
      unit: 'units/s',
      series: [{ name: 'reads', measure: 'readUnits', tone: 'first', shape: 'area' }],
      limit: limit('readUnits'),
    },
    {
      of: 'throttled',
      id: 'throttles',
      title: `Throttling: ${countOf(total('throttled'), 'request was', 'requests were')} refused and sent again`,
      unit: 'requests/s',
      series: [{ name: 'refused', measure: 'throttled', tone: 'alert', shape: 'bars' }],
    },
  ];
  const drawn = charts.filter(({ of }) => total(of) > 0);
  return html`<section><h2>Over time</h2>
<figure>${drawn.map(
    (chart, index) =>
      html`<h3>${chart.title}</h3>${timeChart({ ...chart, description: summary(timeline, chart), passes, events, hasNames: index === 0 }, timeline)}
`,
  )}</figure>
<p class="quiet">Each step is ${duration(timeline.widthMs)} long. Work that had to be repeated is drawn each time. ${docLink(surroundings, 'performance.md', 'What makes a run fast or slow')}.</p>
${events.length > 0 && eventTable(events, surroundings)}
${numbers(timeline)}</section>`;
}

function eventTable(events: readonly RunEvent[], { timeZone }: PageSurroundings): Html {
  return html`<h3>What was done to the run</h3>${cards<RunEvent>(
    'What was done to the run',
    [
      { title: 'event', of: ({ name }) => name },
      { title: 'when', of: ({ at }) => momentIn(timeZone, new Date(at).toISOString()) },
      { title: 'what, by whom', of: ({ detail }) => detail },
    ],
    events,
  )}`;
}

function summary(timeline: Timeline, { series, unit, limit }: Pick<TimeChart, 'series' | 'unit' | 'limit'>): string {
  const last = limit?.steps.at(-1)?.rate;
  return `${series
    .map(({ name, measure }) => {
      const peak = timeline.buckets.reduce((best, bucket) => (bucket[measure] > best[measure] ? bucket : best));
      return `${name}: up to ${precise((peak[measure] / timeline.widthMs) * 1000)} ${unit}, at ${moment(new Date(peak.index * timeline.widthMs).toISOString())} UTC`;
    })
    .join(
      '; ',
    )}${limit && last !== undefined ? `; ${limit.name} at the end ${precise(last)} ${unit}` : ''}. The numbers are in the table below.`;
}

function numbers({ buckets, widthMs }: Timeline): Html {
  const measured = measures.filter((name) => buckets.some((bucket) => bucket[name] > 0));
  return html`<details><summary>The numbers behind these charts</summary>${cards<Timeline['buckets'][number]>(
    'The numbers behind these charts',
    [
      { title: 'from (UTC)', of: ({ index }) => moment(new Date(index * widthMs).toISOString()) },
      ...measured.map((name) => ({
        title: name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
        isNumber: true,
        of: (bucket: Timeline['buckets'][number]) => whole(bucket[name]),
      })),
    ],
    buckets,
    `In each step of ${duration(widthMs)}`,
  )}</details>`;
}
