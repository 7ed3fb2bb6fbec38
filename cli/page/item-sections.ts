import { mergeAttributeCounts } from '../../core/ledger/attribute-counts.ts';
import type { Counters } from '../../core/ledger/counters.ts';
import { type Bar, barTable } from './bars.ts';
import { docLink, type PageSurroundings } from './documentation.ts';
import { type Html, html } from './html.ts';
import type { RunPicture } from './run-picture.ts';

const meanings = {
  changed: 'written in the new shape',
  unchanged: 'the function returned nothing, or the item as it already is',
  kept: 'not written: the attributes that the function adds exist already, and the existing values stay',
  vanished: 'deleted by the application between our read and our write',
  contended: 'changed by the application each time we tried to write; left to the next pass',
  failed: 'the function failed, or its result was refused',
} as const;
const besides: Partial<Record<keyof Counters, string>> = {
  inserted: 'items written under another key',
  deleted: 'of the changed items, those that were deleted',
  moved: 'of the deleted items, those in whose place an item was written under another key',
  differing:
    'items with an existing value that differs from what the function gives: check them before the application reads only the new shape',
};

/** How many items had each outcome, and which attributes were changed. */
export function itemSections({ counters, passes, run: { dryRun } }: RunPicture, surroundings: PageSurroundings): Html {
  const outcomes = Object.entries(meanings).flatMap(([name, meaning]): Bar[] => {
    const value = counters[name as keyof typeof meanings];
    return value > 0 ? [{ name, meaning, value, tone: name === 'failed' ? 'alert' : name === 'changed' ? 'second' : 'first' }] : [];
  });
  const more = Object.entries(besides).flatMap(([name, meaning]): Bar[] => {
    const value = counters[name as keyof Counters];
    return value > 0 ? [{ name, meaning, value, tone: 'first' }] : [];
  });
  const attributes = mergeAttributeCounts(passes.map((pass) => pass.attributes));
  const bars = attributes.flatMap(({ name, set, removed }): Bar[] => {
    const label = name === '' ? 'all others' : name;
    return [
      ...(set > 0 ? [{ name: `${label} – set`, value: set, tone: 'second' as const }] : []),
      ...(removed > 0 ? [{ name: `${label} – removed`, value: removed, tone: 'first' as const }] : []),
    ];
  });
  return html`${
    outcomes.length > 0 &&
    html`<section><h2>What became of the items</h2>
${barTable('Each scanned item is counted once in each pass.', { name: 'outcome', value: 'items', meaning: 'meaning' }, outcomes)}
${more.length > 0 && barTable('Beside them.', { name: 'counter', value: 'items', meaning: 'meaning' }, more)}
<p class="quiet">${docLink(surroundings, 'what-the-numbers-mean.md', 'What the numbers mean')}</p></section>`
  }
${
  counters.changed > 0 &&
  html`<section><h2>Changes by attribute</h2>
${bars.length > 0 ? barTable(`Number of items in which each attribute ${dryRun ? 'would be' : 'was'} changed.`, { name: 'attribute', value: 'items' }, bars) : html`<p>Which attributes were changed was not recorded.</p>`}</section>`
}`;
}
