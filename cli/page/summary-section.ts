import { maxBucketsOfPass, mergeTimelines, type Timeline } from '../../core/ledger/timeline.ts';
import { duration, whole } from '../terminal/in-words.ts';
import { type Html, html } from './html.ts';
import type { RunPicture } from './run-picture.ts';

/** What a run did when, over all its passes. */
export function timelineOf({ passes }: RunPicture): Timeline | undefined {
  return mergeTimelines(
    passes.map(({ timeline }) => timeline),
    maxBucketsOfPass,
  );
}

/** The few numbers that a reader looks for first. */
export function headlineTiles(picture: RunPicture): Html {
  const { run, counters } = picture;
  const timeline = timelineOf(picture);
  const workedMs = (timeline?.buckets.length ?? 0) * (timeline?.widthMs ?? 0);
  const scanned = timeline?.buckets.reduce((sum, bucket) => sum + bucket.scanned, 0) ?? 0;
  const tiles: [string, string][] = run.prepareOnly
    ? []
    : [
        [run.dryRun ? 'items it would change' : 'items changed', whole(counters.changed)],
        ['items scanned', whole(counters.scanned)],
        ['items failed', whole(counters.failed)],
        ...(workedMs > 0 && scanned > 0 ? [['items/s at work', whole((scanned / workedMs) * 1000)] satisfies [string, string]] : []),
        ['write units', whole(counters.writeUnits)],
        ['read units', whole(counters.readUnits)],
        ...(workedMs > 0 ? [['at work', duration(workedMs)] satisfies [string, string]] : []),
      ];
  return html`<dl class="tiles">${tiles.map(([term, value]) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** The counters of each version, one row a pass. */
export function versionSection({ passes }: RunPicture): Html | undefined {
  if (passes.length === 0) return undefined;
  const columns = ['scanned', 'changed', 'unchanged', 'kept', 'contended', 'failed', 'throttled', 'readUnits', 'writeUnits'] as const;
  return html`<section><h2>Versions and passes</h2><p class="quiet">A version is applied when a whole pass found nothing left to change.</p>
<div class="scroll" role="region" aria-label="Versions and passes" tabindex="0"><table><thead><tr><th scope="col">version</th><th scope="col">pass</th>${columns.map((name) => html`<th scope="col" class="number">${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}</th>`)}</tr></thead>
<tbody>${passes.map(({ sequence, pass, counters }) => html`<tr><th scope="row">v${sequence}</th><td>${pass}</td>${columns.map((name) => html`<td class="number">${whole(counters[name])}</td>`)}</tr>`)}</tbody></table></div></section>`;
}
