import { maxBucketsOfPass, mergeTimelines, type Timeline } from '../../core/ledger/timeline.ts';
import { whole } from '../terminal/in-words.ts';
import { cards } from './cards.ts';
import { type Html, html } from './html.ts';
import type { PassPicture, RunPicture } from './run-picture.ts';

/** What a run did when, over all its passes. */
export function timelineOf({ passes }: RunPicture): Timeline | undefined {
  return mergeTimelines(
    passes.map(({ timeline }) => timeline),
    maxBucketsOfPass,
  );
}

/** The few numbers that a reader looks for first, up to six of them: those of what did not happen are left out. */
export function headlineTiles(picture: RunPicture): Html | undefined {
  const { run, counters } = picture;
  if (run.prepareOnly) return undefined;
  const timeline = timelineOf(picture);
  const workedMs = (timeline?.buckets.length ?? 0) * (timeline?.widthMs ?? 0);
  const scanned = timeline?.buckets.reduce((sum, bucket) => sum + bucket.scanned, 0) ?? 0;
  const rate = workedMs > 0 && scanned > 0 ? whole((scanned / workedMs) * 1000) : undefined;
  const tiles: [string, string | undefined][] = [
    [run.dryRun ? 'it would change' : 'changed', whole(counters.changed)],
    ['scanned', whole(counters.scanned)],
    ['failed', counters.failed > 0 ? whole(counters.failed) : undefined],
    ['items/s at work', rate],
    ['write units', counters.writeUnits > 0 ? whole(counters.writeUnits) : undefined],
    ['read units', counters.readUnits > 0 ? whole(counters.readUnits) : undefined],
  ];
  const shown = tiles.flatMap(([term, value]) => (value === undefined ? [] : [{ term, value }]));
  return html`<dl class="tiles of${shown.length}">${shown.map(({ term, value }) => html`<div${term === 'failed' && html` class="alert"`}><dt>${term}</dt><dd>${term === 'failed' && '✗ '}${value}</dd></div>`)}</dl>`;
}

const countersShown = ['scanned', 'changed', 'unchanged', 'kept', 'contended', 'failed', 'throttled', 'readUnits', 'writeUnits'] as const;

/** The counters of each version, one row a pass; a counter that is zero in all of them is left out. */
export function versionSection({ passes }: RunPicture): Html | undefined {
  if (passes.length === 0) return undefined;
  const counted = countersShown.filter((name) => passes.some(({ counters }) => counters[name] > 0));
  const rows = cards<PassPicture>(
    'Versions and passes',
    [
      { title: 'pass', of: ({ sequence, pass }) => `v${sequence} pass ${pass}` },
      ...counted.map((name) => ({
        title: name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
        isNumber: true,
        of: ({ counters }: PassPicture) => whole(counters[name]),
      })),
    ],
    passes,
  );
  return html`<section><h2>Versions and passes</h2><p class="quiet">A version is applied when a whole pass found nothing left to change.</p>
${rows}</section>`;
}
