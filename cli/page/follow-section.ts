import type { FollowShown } from '../status/follow-shown.ts';
import { followText } from '../status/follow-text.ts';
import { barTable } from './bars.ts';
import { type Html, html } from './html.ts';

/** A page has no colours of a terminal. */
const unstyled = { styled: (_: string, text: string): string => text };

/** What the follower of the table's stream did, and how many items of an older shape it brought up in each hour of the last day. */
export function followSection(table: string, follow: FollowShown): Html {
  const { hours = [] } = follow;
  return html`<section><h2>Following</h2><div class="scroll" role="region" aria-label="Following" tabindex="0"><pre>${followText(table, follow, unstyled).join('\n')}</pre></div>
${
  hours.length > 0 &&
  barTable(
    'Items of an older shape that were brought up in each hour (UTC), by the version with the most.',
    { name: 'hour', value: 'items' },
    hours.map(({ hour, changed }) => ({ name: `${hour.replace('T', ' ')}:00`, value: changed, tone: 'second' })),
  )
}</section>`;
}
