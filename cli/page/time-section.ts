import { measures, spanOf, type Timeline } from '../../core/ledger/timeline.ts';
import { duration, moment, whole } from '../terminal/in-words.ts';
import { type Html, html } from './html.ts';
import type { RunPicture } from './run-picture.ts';
import { timelineOf } from './summary-section.ts';
import { precise, type Series, timeChart } from './time-chart.ts';

/** Throughput, capacity against the budget, and throttling, as charts below each other on the same time axis. */
export function timeSection(picture: RunPicture): Html {
  const timeline = timelineOf(picture);
  if (!timeline || timeline.buckets.length === 0)
    return html`<section><h2>Over time</h2><p>No timeline was recorded${picture.passes.length === 0 ? ': no segment has been begun' : ''}.</p></section>`;
  const { control, run } = picture;
  const passes = picture.passes.flatMap(({ pass, sequence, timeline: of }) => {
    const span = spanOf(of);
    return span ? [{ at: span.from, name: `v${sequence} pass ${pass}` }] : [];
  });
  const drawn = (id: string, title: string, unit: string, series: readonly Series[], limit?: { rate: number; name: string }): Html =>
    html`<h3>${title}</h3>${timeChart({ id, title, description: summary(timeline, series, unit, limit), unit, series, limit, passes: id === 'items' ? passes : passes.map(({ at }) => ({ at, name: '' })) }, timeline)}`;
  const total = (name: (typeof measures)[number]): number => timeline.buckets.reduce((sum, bucket) => sum + bucket[name], 0);
  const budget = (units: number | undefined) => (units === undefined ? undefined : { rate: units, name: 'budget' });
  const noBudget = (units: number | undefined): string => (units === undefined ? ', without a budget' : '');
  return html`<section><h2>Over time</h2>
<figure>${drawn('items', total('changed') > 0 ? 'Throughput' : 'Throughput, with nothing changed', 'items/s', [
    { name: 'scanned', measure: 'scanned', tone: 'first', shape: 'area' },
    ...(total('changed') > 0
      ? [{ name: run.dryRun ? 'to change' : 'changed', measure: 'changed' as const, tone: 'second' as const, shape: 'line' as const }]
      : []),
  ])}
${
  total('writeUnits') > 0
    ? drawn(
        'writes',
        `Write capacity${noBudget(control?.budget.writeUnits)}`,
        'units/s',
        [{ name: 'writes', measure: 'writeUnits', tone: 'second', shape: 'area' }],
        budget(control?.budget.writeUnits),
      )
    : html`<h3>Write capacity</h3><p>No write units were consumed.</p>`
}
${
  total('readUnits') > 0
    ? drawn(
        'reads',
        `Read capacity${noBudget(control?.budget.readUnits)}`,
        'units/s',
        [{ name: 'reads', measure: 'readUnits', tone: 'first', shape: 'area' }],
        budget(control?.budget.readUnits),
      )
    : html`<h3>Read capacity</h3><p>Less than one read unit was consumed.</p>`
}
${
  total('throttled') > 0
    ? drawn('throttles', `Throttling: ${whole(total('throttled'))} requests were refused and sent again`, 'requests/s', [
        { name: 'refused', measure: 'throttled', tone: 'alert', shape: 'bars' },
      ])
    : html`<h3>Throttling</h3><p>Nothing was throttled.</p>`
}
</figure>
<p class="quiet">Each step is ${duration(timeline.widthMs)} long${control?.budget.writeUnits !== undefined || control?.budget.readUnits !== undefined ? '; a budget is drawn with its last value' : ''}. Work that had to be repeated is drawn each time.</p>
${numbers(timeline)}</section>`;
}

function summary(timeline: Timeline, series: readonly Series[], unit: string, limit?: { rate: number; name: string }): string {
  return `${series
    .map(({ name, measure }) => {
      const peak = timeline.buckets.reduce((best, bucket) => (bucket[measure] > best[measure] ? bucket : best));
      return `${name}: up to ${precise((peak[measure] / timeline.widthMs) * 1000)} ${unit}, at ${moment(new Date(peak.index * timeline.widthMs).toISOString())} UTC`;
    })
    .join('; ')}${limit ? `; ${limit.name} ${precise(limit.rate)} ${unit}` : ''}. The numbers are in the table below.`;
}

function numbers({ buckets, widthMs }: Timeline): Html {
  return html`<details><summary>The numbers behind these charts</summary>
<div class="scroll" role="region" aria-label="The numbers behind these charts" tabindex="0"><table><caption>In each step of ${duration(widthMs)}</caption><thead><tr><th scope="col">from (UTC)</th><th scope="col" class="number">scanned</th><th scope="col" class="number">changed</th><th scope="col" class="number">throttled</th><th scope="col" class="number">read units</th><th scope="col" class="number">write units</th></tr></thead>
<tbody>${buckets.map((bucket) => html`<tr><th scope="row">${moment(new Date(bucket.index * widthMs).toISOString())}</th>${measures.map((name) => html`<td class="number">${whole(bucket[name])}</td>`)}</tr>`)}</tbody></table></div></details>`;
}
