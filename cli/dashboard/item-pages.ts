import type { FirstChanges } from '../changes/first-changes.ts';
import type { FirstFailures } from '../changes/first-failures.ts';
import type { ShownFailure } from '../changes/show-failures.ts';
import { changeLines } from '../changes/shown-change.ts';
import { cards } from '../page/cards.ts';
import { html } from '../page/html.ts';
import { imageText } from '../plan/value-text.ts';
import { whole } from '../terminal/in-words.ts';
import { addressOf, type DashboardPlace, shell } from './dashboard-pages.ts';
import type { ShownTable } from './shown-table.ts';

/** The failed items of a version in one run, with masked keys. */
export function failuresPage(
  place: DashboardPlace,
  shown: ShownTable,
  { run, sequence }: { run: string; sequence: number },
  { failures, hasMore }: FirstFailures,
): string {
  const address = addressOf(place, shown);
  const command = html`<code>dynamodt changes ${shown.table} --sequence ${sequence} --run ${run} --failures</code>`;
  const rows = cards<ShownFailure>(
    'Failed items',
    [
      {
        title: 'key',
        of: ({ key }) => html`<code>${imageText(key)}</code>`,
      },
      { title: 'cause', isName: true, of: ({ error, outcome }) => error?.name ?? `${outcome} by an undo` },
      { title: 'place', of: ({ error }) => error?.place ?? '–' },
      { title: 'segment', isNumber: true, of: ({ segment }) => segment },
      { title: 'what', of: ({ error }) => error?.message ?? '–' },
    ],
    failures,
  );
  const found = failures.length > 0 ? rows : html`<p>The reports of the run name no item of v${sequence}.</p>`;
  return shell(place, `${shown.table} v${sequence}: failed items`, {
    live: html`<p><a href="${address}">${shown.table} now</a> · <a href="${address}/runs/${encodeURIComponent(run)}">run ${run}</a></p><section><p class="quiet">From the reports of the run's last pass over the version. Keys are masked; ${command} <code>--show-values</code> shows them.</p>${found}${hasMore && html`<p>There are more than ${whole(failures.length)}: ${command} shows all.</p>`}</section>`,
  });
}

/** The first changes of a version, with masked values. */
export function changesPage(place: DashboardPlace, shown: ShownTable, sequence: number, { changes, hasMore }: FirstChanges): string {
  const plain = { styled: (_: string, text: string): string => text };
  const lines = changes.flatMap((change) => changeLines(change, shown.table, plain));
  const more = hasMore && html`<p>There are more: <code>dynamodt changes ${shown.table} --sequence ${sequence}</code> shows all.</p>`;
  const found =
    lines.length > 0
      ? html`<div class="scroll" role="region" aria-label="Changes" tabindex="0"><pre>${lines.join('\n')}</pre></div>`
      : html`<p>Its journals have no change.</p>`;
  return shell(place, `${shown.table} v${sequence}: changed items`, {
    live: html`<p><a href="${addressOf(place, shown)}">${shown.table} now</a></p><section><p class="quiet">From the journals of its runs. Keys and values are masked.</p>${found}${more}</section>`,
  });
}
