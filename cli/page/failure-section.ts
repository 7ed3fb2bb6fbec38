import { countOf } from '../../core/count-of.ts';
import { whole } from '../terminal/in-words.ts';
import { jsonText } from '../terminal/json-text.ts';
import { barTable } from './bars.ts';
import { cards } from './cards.ts';
import { type Html, html } from './html.ts';
import type { RunPicture } from './run-picture.ts';

/** More of them would push all else out of sight. */
const maxOpen = 20;

/** Failed items by cause and place; their keys only if they were requested. Undefined if no item failed. */
export function failureSection({ failures, counters, withKeys, run: { table } }: RunPicture): Html | undefined {
  if (failures.length === 0)
    return counters.failed > 0
      ? html`<section><h2>Failures</h2><p>${countOf(counters.failed, 'item')} failed. The ledger no longer has them: it keeps failed items for 30 days.</p></section>`
      : undefined;
  const causes = new Map<string, number>();
  for (const { name, place } of failures) {
    const cause = place ? `${name} at ${place}` : name;
    causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  const bars = [...causes].map(([name, value]) => ({ name, value, tone: 'alert' as const })).sort((a, b) => b.value - a.value);
  const recorded =
    counters.failed > failures.length
      ? `The ledger keeps some failed items of each segment: ${whole(failures.length)} of ${whole(counters.failed)} are shown.`
      : 'By cause and place in the file.';
  return html`<section><h2>Failures</h2>${barTable(recorded, { name: 'cause', value: 'items' }, bars)}
${withKeys ? keys(failures) : html`<p class="quiet">Keys are left out of this page: <code>dynamodt status ${table} --failures</code> lists them, and <code>--failures --html</code> puts them here.</p>`}</section>`;
}

function keys(failures: RunPicture['failures']): Html {
  return html`<details${failures.length <= maxOpen && html` open`}><summary>The failed items</summary>${cards(
    'The failed items',
    [
      { title: 'key', of: ({ key }) => html`<code>${jsonText(key ?? {})}</code>` },
      { title: 'error', isName: true, of: ({ name }) => name },
      { title: 'place', of: ({ place }) => place ?? '–' },
      { title: 'version', of: ({ sequence }) => `v${sequence}` },
      { title: 'segment', isNumber: true, of: ({ segment }) => segment },
    ],
    failures,
  )}</details>`;
}
